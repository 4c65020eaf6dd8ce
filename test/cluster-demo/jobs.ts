import { readFileSync, writeFileSync } from "node:fs";
import type { Client, Run } from "@tickwire/client";

/** They run all the time, one after the other each. */
const NAPS = ["nap-1", "nap-2", "nap-3"] as const;

/** At the end nobody waits for long: all servers may have been killed. */
const CALL = { timeoutMs: 3_000 } as const;

/** A job that prints every second, and some whose tasks take so long that servers and workers go meanwhile. */
export class Jobs {
  readonly #client: Client;
  readonly #ledger: string;
  readonly #napMs: number;

  /** `ledger`: a file that each nap is noted in by the command itself when it begins, whatever any server says. */
  constructor(client: Client, ledger: string, napMs: number) {
    this.#client = client;
    this.#ledger = ledger;
    this.#napMs = napMs;
    writeFileSync(ledger, "");
  }

  async schedule(): Promise<void> {
    const payload = `echo "$TICKWIRE_OCCURRENCE_ID" >> '${this.#ledger}' && sleep ${this.#napMs / 1_000}`;
    const everyMs = this.#napMs + 1_000;
    const results = await this.#client.scheduleJobs([
      { slug: "tick", kind: "print", payload: "every second", trigger: { interval: { everyMs: 1_000 } } },
      ...NAPS.map((slug, n) => ({
        slug,
        kind: "shell",
        payload,
        // One after the other, so that at any time somebody is in the middle of one.
        trigger: { interval: { everyMs, anchorTime: new Date(Date.now() - (n * everyMs) / NAPS.length) } },
      })),
    ]);
    for (const { error } of results) if (error) throw error;
  }

  /** Naps that will go on for most of their time. `servers`: each knows who has the tasks that it handed out. */
  async napping(servers: readonly Client[]): Promise<Nap[]> {
    const found = await Promise.all(servers.map(async (server) => await this.#nappingBy(server).catch(() => [])));
    return found.flat();
  }

  async #nappingBy(server: Client): Promise<Nap[]> {
    const naps: Nap[] = [];
    for await (const { slug, currentTask } of server.listJobs({ filter: { kinds: ["shell"] } }, { timeoutMs: 1_000 })) {
      // A server that handed it out names its worker; the others don't know.
      if (!currentTask?.workerId) continue;
      const { occurrenceId, workerId, serverId, startTime } = currentTask;
      if (Date.now() - (startTime?.getTime() ?? 0) < this.#napMs / 3)
        naps.push({ slug, occurrenceId, worker: workerId, server: serverId });
    }
    return naps;
  }

  /** All that is in the history, and what the naps themselves noted. */
  async tally(): Promise<Tally> {
    const runs: Run[] = [];
    for await (const run of this.#client.listRuns({ pageSize: 1_000 }, CALL)) runs.push(run);
    const succeeded = runs.filter(({ state }) => state === "succeeded").map(({ occurrenceId }) => occurrenceId);
    const begun = readFileSync(this.#ledger, "utf8").split("\n").slice(0, -1);
    const ticks = runs
      .filter(({ slug, state }) => slug === "tick" && state === "succeeded")
      .map(({ startTime }) => startTime?.getTime() ?? 0)
      .sort((a, b) => a - b);
    const gaps = ticks.slice(1).map((at, n) => at - (ticks[n] ?? 0));
    return {
      runs: runs.length,
      twice: [...repeated(succeeded), ...repeated(begun)],
      other: runs.filter(({ state }) => state !== "succeeded").map(({ slug, state }) => `${slug} ${state}`),
      ticks: ticks.length,
      longestGapMs: Math.max(0, ...gaps),
      missed: (await this.#client.getJob("tick", CALL)).counts.missed,
    };
  }

  /** What runs is cancelled, so that nothing is left to wait for. */
  async remove(): Promise<void> {
    await Promise.all(["tick", ...NAPS].map((slug) => this.#client.deleteJob(slug, { allowMissing: true, ...CALL })));
  }
}

/** A nap that somebody is in the middle of. */
export interface Nap {
  readonly slug: string;
  readonly occurrenceId: string;
  readonly worker: string;
  readonly server: string;
}

export interface Tally {
  readonly runs: number;
  /** Occurrences that succeeded, or began, more than once. */
  readonly twice: readonly string[];
  /** Runs that did not succeed. */
  readonly other: readonly string[];
  readonly ticks: number;
  /** Between the starts of two ticks, in ms. */
  readonly longestGapMs: number;
  readonly missed: number;
}

function repeated(ids: readonly string[]): string[] {
  return ids.filter((id, n) => ids.indexOf(id) !== n);
}
