import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child } from "./process.js";

export type Engine = "memory" | "sqlite";

interface Done {
  readonly tasks: number;
  /** That the tasks came in. */
  readonly frames: number;
  readonly ms: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

type Server = Child<{ address: string }>;

/** A server process of its own on a fresh store. `inline`: SQLite on the server's own thread. */
export async function withServer<T>(
  engine: Engine,
  use: (address: string, server: Server) => Promise<T>,
  inline = false,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const file = join(folder, "bench.db");
    const store = engine === "memory" ? "memory:" : `sqlite:${file}`;
    await using server: Server = inline
      ? new Child("children/inline-server", [file])
      : new Child("children/server", [store]);
    const { address } = await server.next();
    return await use(address, server);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Drained {
  /** Tasks. */
  readonly perSecond: number;
  readonly tasksPerFrame: number;
  /** How long the server's event loop kept others waiting meanwhile, in ms at p99. */
  readonly loopDelayMs: number;
}

/** Stored beforehand, then handed out, run and recorded: from the first task to the last receipt. */
export function drain(engine: Engine, tasks: number, places: number, inline = false): Promise<Drained> {
  return withServer(
    engine,
    async (address, server) => {
      await using caller = new Child<{ ms: number }>("children/caller", [address, tasks, 0, 0]);
      await caller.next();
      await using worker = new Child<Done>("children/worker", [address, tasks, places]);
      await worker.next();
      await server.ask("reset");
      const done = await worker.next();
      const { p99 } = await server.ask<{ p99: number }>("delay");
      return { perSecond: (done.tasks * 1_000) / done.ms, tasksPerFrame: done.tasks / done.frames, loopDelayMs: p99 };
    },
    inline,
  );
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
