import { type MongoServer, mongoServer } from "../../test/mongo/server.js";
import { NotDone } from "../process.js";
import { atMost, type Report } from "../report.js";
import { agenda } from "./agenda.js";
import { type Load, type Measured, measure, operationsPerJob } from "./loads.js";
import type { Scheduler } from "./scheduler.js";
import { TICKWIRE } from "./tickwire.js";
import type { Operations } from "./wire-meter.js";

/** Of a worker of either scheduler. */
const PLACES = 100;
/** Of Agenda's commands a job, Tickwire's are to be at most so much. */
const MOST_COMMANDS = 0.2;

/** Tickwire on MongoDB beside Agenda, on the same server, one after the other. Rows that can't be had here are skipped. */
export async function measureMongo(report: Report, quick: boolean): Promise<void> {
  const server = await mongoServer();
  if ("skip" in server) {
    report.skip("MongoDB", server.skip);
    return;
  }
  try {
    const peer = agenda();
    if ("skip" in peer) report.skip("Agenda", peer.skip);
    report.fact("mongo", server.kind);
    const schedulers = "skip" in peer ? [TICKWIRE] : [peer, TICKWIRE];
    await new MongoSection(report, server, sizesOf(server, quick), schedulers).measure();
  } finally {
    await server.stop();
  }
}

interface Sizes {
  readonly jobs: number;
  readonly seconds: number;
  readonly runs: number;
  readonly limitMs: number;
}

/** The stand-in takes milliseconds for each of Agenda's claims, and more with each due job: it gets few. */
function sizesOf({ kind }: MongoServer, quick: boolean): Sizes {
  if (quick) return { jobs: 100, seconds: 1, runs: 1, limitMs: 30_000 };
  if (kind === "stand-in") return { jobs: 500, seconds: 5, runs: 3, limitMs: 60_000 };
  return { jobs: 10_000, seconds: 20, runs: 3, limitMs: 300_000 };
}

class MongoSection {
  readonly #report: Report;
  readonly #server: MongoServer;
  readonly #sizes: Sizes;
  /** The baseline first. */
  readonly #schedulers: readonly Scheduler[];

  constructor(report: Report, server: MongoServer, sizes: Sizes, schedulers: readonly Scheduler[]) {
    this.#report = report;
    this.#server = server;
    this.#sizes = sizes;
    this.#schedulers = schedulers;
  }

  async measure(): Promise<void> {
    const { jobs, seconds, limitMs } = this.#sizes;
    const drain: Load = { jobs, places: PLACES, storedBefore: true, limitMs };
    const paced: Load = { jobs: 250 * seconds, places: PLACES, perSecond: 250, limitMs };
    await this.#rates("dispatch to receipt", drain);
    await this.#rates("schedule to receipt", { jobs, places: PLACES, limitMs });
    await this.#lateness(paced);
    await this.#operations("a task", drain, MOST_COMMANDS);
    await this.#operations("at 250/s", paced);
  }

  async #rates(what: string, load: Load): Promise<void> {
    for (const scheduler of this.#schedulers) {
      await this.#row(`${nameOf(scheduler)}, ${what}`, async (name) => {
        const runs: number[] = [];
        for (let n = 0; n < this.#sizes.runs; n++) runs.push((await this.#measure(scheduler, load)).perSecond);
        const value = runs.sort((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
        this.#report.row({ name, value, unit: "tasks/s" });
      });
    }
  }

  async #lateness(load: Load): Promise<void> {
    for (const scheduler of this.#schedulers) {
      // The stand-in's clock says nothing of MongoDB's: there no verdict is due.
      const judged = scheduler === TICKWIRE && this.#server.kind !== "stand-in";
      await this.#row(`${nameOf(scheduler)}, lateness p50 at 250/s`, async (name) => {
        const { p50, p99 } = await this.#measure(scheduler, load);
        const row = (name: string, value: number, most: number) =>
          this.#report.row({ name, value, unit: "ms", ...(judged && { budget: `<= ${most}`, met: value <= most }) });
        row(name, p50, 5);
        row(`${nameOf(scheduler)}, lateness p99 at 250/s`, p99, 20);
      });
    }
  }

  async #operations(what: string, load: Load, most?: number): Promise<void> {
    let baseline: Operations | undefined;
    for (const scheduler of this.#schedulers) {
      await this.#row(`${nameOf(scheduler)}, commands ${what}`, async (name) => {
        const { commands, written } = await operationsPerJob(scheduler, this.#server.uri, load);
        const verdict =
          baseline && (most ? atMost(commands, baseline.commands, most) : { ratio: commands / baseline.commands });
        this.#report.row({ name, value: commands, unit: "", ...verdict });
        const ratio = baseline && { ratio: written / baseline.written };
        this.#report.row({
          name: `${nameOf(scheduler)}, documents written ${what}`,
          value: written,
          unit: "",
          ...ratio,
        });
        baseline ??= { commands, written };
      });
    }
  }

  #measure(scheduler: Scheduler, load: Load): Promise<Measured> {
    return measure(scheduler, this.#server.uri, load);
  }

  /** A load that is not done in time has no figure, and the next one is tried. */
  async #row(name: string, work: (name: string) => Promise<void>): Promise<void> {
    try {
      await work(name);
    } catch (error) {
      if (!(error instanceof NotDone)) throw error;
      this.#report.skip(name, error.message);
    }
  }
}

function nameOf(scheduler: Scheduler): string {
  return scheduler === TICKWIRE ? "MongoDB" : scheduler.name;
}
