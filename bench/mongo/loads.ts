import { randomBytes } from "node:crypto";
import { MongoClient } from "mongodb";
import { withDatabase } from "../../test/mongo/data.js";
import type { OpenScheduler, Ran, Scheduler } from "./scheduler.js";
import { type Operations, WireMeter } from "./wire-meter.js";

export interface Load {
  readonly jobs: number;
  /** Tasks at once. */
  readonly places: number;
  /** Stored before anybody is there to run them; that is then no part of what is measured. */
  readonly storedBefore?: boolean;
  /** Jobs due each second. Default: all of them at once. */
  readonly perSecond?: number;
  /** Jobs that are due one after the other are to be stored by the time that the first of them is due. */
  readonly aheadMs?: number;
  /** It fails where it takes longer. */
  readonly limitMs: number;
}

export interface Measured extends Ran {
  /** Jobs, from the first call that stores one, or, where they were stored before, from the worker's start, to the last result. */
  readonly perSecond: number;
}

/** Is called, and waited for, before what is measured begins. */
type Begin = () => void | Promise<void>;

const AHEAD_MS = 3_000;

/** Puts a load on a scheduler, on a database of its own. */
export async function measure(
  scheduler: Scheduler,
  uri: string,
  load: Load,
  onBegin: Begin = () => {},
): Promise<Measured> {
  const name = `tickwire_bench_${randomBytes(8).toString("hex")}`;
  try {
    await using open = await scheduler.open(withDatabase(uri, name));
    return await putOn(open, load, onBegin);
  } finally {
    const client = new MongoClient(uri);
    await client.db(name).dropDatabase();
    await client.close();
  }
}

/** Puts a load on a scheduler that is up. */
export async function putOn(open: OpenScheduler, load: Load, onBegin: Begin = () => {}): Promise<Measured> {
  return await (load.storedBefore ? drain(open, load, onBegin) : whole(open, load, onBegin));
}

/** Puts a load on a scheduler, and answers with its operations a job. They pass a meter, which takes time: times are measured without. */
export async function operationsPerJob(scheduler: Scheduler, uri: string, load: Load): Promise<Operations> {
  await using meter = await WireMeter.before(uri);
  await measure(scheduler, meter.uri, load, () => meter.reset());
  const { commands, written } = meter.operations;
  return { commands: commands / load.jobs, written: written / load.jobs };
}

async function drain(open: OpenScheduler, load: Load, onBegin: Begin): Promise<Measured> {
  const { jobs, places, limitMs } = load;
  await using caller = open.caller(jobs, 0, 0);
  await caller.next(limitMs);
  await onBegin();
  await using worker = open.worker(jobs, places);
  await worker.next(limitMs);
  const ran = await worker.next<Ran>(limitMs);
  return { ...ran, perSecond: (jobs * 1_000) / ran.sinceStartMs };
}

async function whole(open: OpenScheduler, load: Load, onBegin: Begin): Promise<Measured> {
  const { jobs, places, limitMs, perSecond = 0, aheadMs = AHEAD_MS } = load;
  await using worker = open.worker(jobs, places);
  await worker.next(limitMs);
  await onBegin();
  await using caller = open.caller(jobs, perSecond, perSecond > 0 ? aheadMs : 0);
  const { beganAt } = await caller.next(limitMs);
  const ran = await worker.next<Ran>(limitMs);
  return { ...ran, perSecond: (jobs * 1_000) / (ran.endedAt - beganAt) };
}
