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
