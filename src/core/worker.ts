/** A connected worker as lists show it. */
export interface WorkerStatus {
  /** 16 random bytes in hex: the worker process. */
  readonly instance: string;
  readonly workerId: string;
  readonly serverId: string;
  /** Library and version. */
  readonly client: string;
  readonly info: Readonly<Record<string, string>>;
  readonly capacity: Capacity;
  readonly running: number;
  /** Of the tasks, those of kinds that have a bound of their own; a kind without any is not in it. */
  readonly held?: ReadonlyMap<string, number>;
  readonly draining: boolean;
  readonly connectedAt: Date;
  readonly lastSeenAt: Date;
}

export interface Capacity {
  /** Tasks at once, of all kinds together. */
  readonly maxTasks: number;
  /** The kinds served, each with a bound of its own where it has one. */
  readonly kinds: ReadonlyMap<string, number | undefined>;
}

/** It is offered the kind's tasks. */
export function serves(worker: WorkerStatus, kind: string): boolean {
  return worker.capacity.kinds.has(kind) && !worker.draining;
}

/** How many more tasks of a kind that it serves it could take. */
export function freePlaces({ capacity, running, held }: WorkerStatus, kind: string): number {
  const all = capacity.maxTasks - running;
  const bound = capacity.kinds.get(kind);
  return Math.max(0, bound === undefined ? all : Math.min(all, bound - (held?.get(kind) ?? 0)));
}
