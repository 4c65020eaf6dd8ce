import { postgresServer } from "../../test/postgres/server.js";
import { type Load, type Measured, putOn } from "../mongo/loads.js";
import type { Scheduler } from "../mongo/scheduler.js";
import { TICKWIRE } from "../mongo/tickwire.js";
import { peerPackage } from "../peer-package.js";
import { NotDone } from "../process.js";
import { atLeast, type Report, short } from "../report.js";
import { type ClaimSizes, measureClaims } from "./claim.js";
import { onDatabase, SETTINGS, settingsOf } from "./database.js";
import { graphileWorker } from "./graphile-worker.js";
import { type AddOthers, addGraphileJobs, addRiverJobs, addTickwireJobs } from "./others.js";
import { river } from "./river.js";

/** Of Tickwire's worker, as in its other benches. */
const PLACES = 2_000;
const CLAIMS: ClaimSizes = { few: 10_000, many: 1_000_000, warmUp: 50, pairs: 150 };
const QUICK_CLAIMS: ClaimSizes = { few: 1_000, many: 10_000, warmUp: 1, pairs: 3 };

/** A fraction of the others' jobs is enough for their rate. */
const SINGLY = new Set(["graphile-worker plain", "graphile-worker local"]);

interface Sizes {
  readonly jobs: number;
  /** Of those that end each job by a query of its own. */
  readonly singly: number;
  readonly seconds: number;
  readonly runs: number;
  readonly aheadMs: number;
  readonly limitMs: number;
  /** Stored besides, not due. */
  readonly others: number;
  readonly claims: ClaimSizes;
}

/** Tickwire on PostgreSQL beside graphile-worker and River, on the same server. Rows that can't be had here are skipped. */
export async function measurePostgres(report: Report, quick: boolean): Promise<void> {
  const server = await postgresServer({ settings: SETTINGS });
  if ("skip" in server) {
    report.skip("PostgreSQL", server.skip);
    return;
  }
  try {
    report.fact("postgres", `${server.kind}: ${await settingsOf(server.uri)}`);
    const sizes = quick
      ? {
          jobs: 200,
          singly: 200,
          seconds: 0.2,
          runs: 1,
          aheadMs: 500,
          limitMs: 30_000,
          others: 1_000,
          claims: QUICK_CLAIMS,
        }
      : {
          jobs: 50_000,
          singly: 5_000,
          seconds: 10,
          runs: 3,
          aheadMs: 3_000,
          limitMs: 120_000,
          others: 1_000_000,
          claims: CLAIMS,
        };
    await new PostgresSection(report, server.uri, sizes).measure();
  } finally {
    await server.stop();
  }
}

class PostgresSection {
  readonly #report: Report;
  readonly #uri: string;
  readonly #sizes: Sizes;
  readonly #graphile: readonly Scheduler[];
  readonly #schedulers: readonly Scheduler[];
  /** Of those that are fast. */
  readonly #others: ReadonlyMap<Scheduler, AddOthers>;

  constructor(report: Report, uri: string, sizes: Sizes) {
    this.#report = report;
    this.#uri = uri;
    this.#sizes = sizes;
    const peers = peerPackage();
    if ("skip" in peers) report.skip("graphile-worker", peers.skip);
    this.#graphile = "skip" in peers ? [] : graphileWorker(peers.folder);
    const go = river();
    if ("skip" in go) report.skip("River", go.skip);
    const rivers = "skip" in go ? [] : [go];
    this.#schedulers = [...this.#graphile, ...rivers, TICKWIRE];
    const batch = this.#graphile.filter(({ name }) => !SINGLY.has(name));
    const adding = (schedulers: readonly Scheduler[], add: AddOthers) => schedulers.map((one) => [one, add] as const);
    this.#others = new Map([
      ...adding(batch, addGraphileJobs),
      ...adding(rivers, addRiverJobs),
      ...adding([TICKWIRE], addTickwireJobs),
    ]);
  }

  async measure(): Promise<void> {
    const { seconds, aheadMs, limitMs } = this.#sizes;
    await this.#rates("dispatch to receipt", { places: PLACES, storedBefore: true, limitMs });
    await this.#rates("schedule to receipt", { places: PLACES, limitMs });
    await this.#lateness({ jobs: 250 * seconds, places: PLACES, perSecond: 250, aheadMs, limitMs });
    await this.#besideOthers();
    await onDatabase(this.#uri, async (uri) => await measureClaims(this.#report, uri, this.#sizes.claims));
  }

  async #rates(what: string, load: Omit<Load, "jobs">): Promise<void> {
    const { jobs, singly, runs } = this.#sizes;
    const loadOf = (scheduler: Scheduler) => ({ ...load, jobs: SINGLY.has(scheduler.name) ? singly : jobs });
    const medians = await this.#medians(what, loadOf, runs, ({ perSecond }) => [perSecond]);
    this.#rateRows(what, new Map([...medians].map(([scheduler, [rate = 0]]) => [scheduler, rate])));
  }

  #rateRows(what: string, rates: ReadonlyMap<Scheduler, number>): void {
    const best = Math.max(...this.#graphile.map((scheduler) => rates.get(scheduler) ?? 0));
    for (const [scheduler, value] of rates) {
      const verdict = scheduler === TICKWIRE && best > 0 && atLeast(value, best, 1);
      this.#report.row({ name: `${nameOf(scheduler)}, ${what}`, value, unit: "tasks/s", ...verdict });
    }
  }

  async #lateness(load: Load): Promise<void> {
    const medians = await this.#medians(
      "lateness at 250/s",
      () => load,
      1,
      ({ p50, p99 }) => [p50, p99],
    );
    for (const [scheduler, [p50 = 0, p99 = 0]] of medians) this.#lateRows(scheduler, "at 250/s", { p50, p99 });
  }

  #lateRows(scheduler: Scheduler, load: string, { p50, p99 }: Pick<Measured, "p50" | "p99">): void {
    const row = (which: string, value: number, most: number) =>
      this.#report.row({
        name: `${nameOf(scheduler)}, lateness ${which} ${load}`,
        value,
        unit: "ms",
        ...(scheduler === TICKWIRE && { budget: `<= ${most}`, met: value <= most }),
      });
    row("p50", p50, 5);
    row("p99", p99, 20);
  }

  /** Of each figure, of runs in alternation: what slows the machine for a while slows all. One that is not done in time has none. */
  async #medians(
    what: string,
    loadOf: (scheduler: Scheduler) => Load,
    times: number,
    figuresOf: (measured: Measured) => number[],
  ): Promise<Map<Scheduler, number[]>> {
    const runs = new Map<Scheduler, number[][]>(this.#schedulers.map((scheduler) => [scheduler, []]));
    for (let run = 0; run < times; run++) {
      for (const [scheduler, done] of runs) {
        try {
          done.push(figuresOf(await this.#measure(scheduler, loadOf(scheduler))));
        } catch (error) {
          if (!(error instanceof NotDone)) throw error;
          this.#report.skip(`${nameOf(scheduler)}, ${what}`, error.message);
          runs.delete(scheduler);
        }
      }
    }
    return new Map([...runs].map(([scheduler, done]) => [scheduler, mediansOf(done)]));
  }

  async #measure(scheduler: Scheduler, load: Load): Promise<Measured> {
    return await onDatabase(this.#uri, async (uri) => {
      await using open = await scheduler.open(uri);
      return await putOn(open, load);
    });
  }

  /** The rate and the lateness with many jobs more in the table: one run of each. */
  async #besideOthers(): Promise<void> {
    const { jobs, others, seconds, aheadMs, limitMs } = this.#sizes;
    const besides = `${short(others)} others`;
    const rates = new Map<Scheduler, number>();
    for (const [scheduler, add] of this.#others) {
      try {
        await onDatabase(this.#uri, async (uri) => {
          await using open = await scheduler.open(uri);
          const stored = { jobs, places: PLACES, storedBefore: true, limitMs };
          rates.set(scheduler, (await putOn(open, stored, () => add(uri, others))).perSecond);
          const late = await putOn(open, { jobs: 250 * seconds, places: PLACES, perSecond: 250, aheadMs, limitMs });
          this.#lateRows(scheduler, `at 250/s, ${besides}`, late);
        });
      } catch (error) {
        if (!(error instanceof NotDone)) throw error;
        this.#report.skip(`${nameOf(scheduler)}, ${besides}`, error.message);
      }
    }
    this.#rateRows(`dispatch to receipt, ${besides}`, rates);
  }
}

function mediansOf(runs: readonly number[][]): number[] {
  const [first = []] = runs;
  return first.map((_, at) => {
    const sorted = runs.map((figures) => figures[at] ?? 0).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  });
}

function nameOf(scheduler: Scheduler): string {
  return scheduler === TICKWIRE ? "PostgreSQL" : scheduler.name;
}
