import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./process.js";

export type Engine = "memory" | "sqlite";

interface Done {
  readonly tasks: number;
  readonly ms: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** A server process of its own on a fresh store. */
async function withServer<T>(engine: Engine, use: (address: string, pid: number) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const store = engine === "memory" ? "memory:" : `sqlite:${join(folder, "bench.db")}`;
    await using server = new Child<{ address: string }>("children/server", [store]);
    const { address } = await server.next();
    return await use(address, server.pid);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stored beforehand, then handed out, run and recorded: tasks a second from the first task to the last receipt. */
export function drain(engine: Engine, tasks: number, places: number): Promise<number> {
  return withServer(engine, async (address) => {
    await using caller = new Child<{ ms: number }>("children/caller", [address, tasks, 0, 0]);
    await caller.next();
    await using worker = new Child<Done>("children/worker", [address, tasks, places]);
    await worker.next();
    const done = await worker.next();
    return (done.tasks * 1_000) / done.ms;
  });
}

/** Scheduled while a worker runs them: jobs a second from the first schedule call to the last receipt. */
export function whole(engine: Engine, tasks: number, places: number): Promise<number> {
  return withServer(engine, async (address) => {
    await using worker = new Child<Done>("children/worker", [address, tasks, places]);
    await worker.next();
    const from = performance.now();
    await using caller = new Child<{ ms: number }>("children/caller", [address, tasks, 0, 0]);
    await caller.next();
    await worker.next();
    return (tasks * 1_000) / (performance.now() - from);
  });
}

/** How late tasks reach their worker's handler, in ms, with so many due each second. */
export function lateness(engine: Engine, perSecond: number, seconds: number): Promise<Done> {
  return withServer(engine, async (address) => {
    const tasks = perSecond * seconds;
    await using worker = new Child<Done>("children/worker", [address, tasks, 100]);
    await worker.next();
    await using caller = new Child<{ ms: number }>("children/caller", [address, tasks, perSecond, 3_000]);
    await caller.next();
    return await worker.next();
  });
}

/** A schedule call at a time, in ms: the median; and jobs a second in batches of 500. */
export function schedule(
  engine: Engine,
  calls: number,
  batched: number,
): Promise<{ readonly p50: number; readonly perSecond: number }> {
  return withServer(engine, async (address) => {
    await using single = new Child<{ p50: number }>("children/single-caller", [address, calls]);
    const { p50 } = await single.next();
    await using caller = new Child<{ ms: number }>("children/caller", [address, batched, 0, 0]);
    const { ms } = await caller.next();
    return { p50, perSecond: (batched * 1_000) / ms };
  });
}
