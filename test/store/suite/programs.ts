import type { StoredJob } from "../../../src/core/job.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { range } from "./jobs.js";
import { claim, ending, open, task } from "./tasks.js";

/** What one process of a crowd does: several clients at once, on one handle. Arguments and answers pass between processes. */
export const PROGRAMS = { claimAll, runAll, takeAll, churn };

export type ProgramName = keyof typeof PROGRAMS;
export type ArgumentsOf<N extends ProgramName> = Parameters<(typeof PROGRAMS)[N]>[1];
export type AnswerOf<N extends ProgramName> = Awaited<ReturnType<(typeof PROGRAMS)[N]>>;

/** One claim of one job. */
export interface Claimed {
  readonly slug: string;
  readonly token: string;
}

/** Claims until nothing is left, client n in batches of `batches[n]`. */
async function claimAll(store: Store, { batches }: { batches: number[] }): Promise<Claimed[]> {
  const claimed: Claimed[] = [];
  const client = async (limit: number): Promise<void> => {
    const lease = await open(store);
    while (await store.nextRun(["mail"])) {
      const taken = await claim(store, { lease, now: at(0), limit });
      claimed.push(...taken.map(task).map(({ slug, lock }) => ({ slug, token: lock.token })));
      await new Promise(setImmediate);
    }
  };
  await Promise.all(batches.map(client));
  return claimed;
}

/** A task, from when its claim was answered to when its release was asked for. */
export interface Span {
  readonly slug: string;
  readonly slot: number;
  /** Of the host's monotonic clock, which its processes share, in ns. */
  readonly from: number;
  readonly to: number;
}

/** Runs every job of a limited kind to its end. */
async function runAll(store: Store, { clients, limit }: { clients: number; limit: number }): Promise<Span[]> {
  const spans: Span[] = [];
  const client = async (n: number): Promise<void> => {
    const lease = await open(store);
    for (;;) {
      const wanted = { lease, now: at(0), room: 1 + (n % 3), maxRunning: { mail: limit } };
      const taken: StoredJob[] = await claim(store, wanted);
      const from = Number(process.hrtime.bigint());
      if (taken.length === 0 && (await isDone(store))) return;
      await new Promise(setImmediate);
      const writes = taken.map((out) => ending(out));
      const to = Number(process.hrtime.bigint());
      for (const { slug, lock } of taken.map(task)) spans.push({ slug, slot: lock.slot ?? 0, from, to });
      for (const { status } of await store.release(writes)) {
        if (status !== "recorded") throw new Error(`a release was ${status}`);
      }
    }
  };
  await Promise.all(range(clients).map(client));
  return spans;
}

/** Takes of a limited kind as much as it gets, and keeps it; answers the slots. */
async function takeAll(store: Store, { clients, limit }: { clients: number; limit: number }): Promise<number[]> {
  const slots: number[] = [];
  const client = async (n: number): Promise<void> => {
    const lease = await open(store);
    for (let turn = 0; turn < 4; turn++) {
      const wanted = { lease, now: at(0), room: 1 + (n % 3), maxRunning: { mail: limit } };
      for (const { lock } of (await claim(store, wanted)).map(task)) slots.push(lock.slot ?? 0);
      await new Promise(setImmediate);
    }
  };
  await Promise.all(range(clients).map(client));
  return slots;
}

/** Nothing is due and nothing is out. */
async function isDone(store: Store): Promise<boolean> {
  return (await store.list({ filter: {}, limit: 1, payloads: false })).items.length === 0;
}

/** Claims and gives back over and over, each client in another order; answers how many it gave back. */
async function churn(store: Store, { clients, turns }: { clients: number; turns: number }): Promise<number> {
  let released = 0;
  const client = async (n: number): Promise<void> => {
    const lease = await open(store);
    for (let turn = 0; turn < turns; turn++) {
      const taken = await claim(store, { lease, now: at(0), limit: 1 + ((turn + n) % 40) });
      const writes = taken.map((out) => ending(out, { outcome: { type: "snoozed", delayMs: 0 } }));
      if ((turn + n) % 2) writes.reverse();
      for (const { status } of await store.release(writes)) {
        if (status !== "recorded") throw new Error(`a release was ${status}`);
        released++;
      }
    }
  };
  await Promise.all(range(clients).map(client));
  return released;
}
