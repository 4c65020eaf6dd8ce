import type { KindStats } from "./kind.js";

/** A connected worker. */
export interface WorkerStatus {
  readonly workerId: string;
  readonly serverId: string;
  /** Library and version. */
  readonly client: string;
  readonly info: Readonly<Record<string, string>>;
  /** Tasks it runs at once. */
  readonly maxTasks: number;
  /** The kinds that it serves, each with its own bound, if it has one. */
  readonly kinds: readonly { readonly kind: string; readonly maxTasks: number | undefined }[];
  /** Tasks that it holds. */
  readonly running: number;
  readonly draining: boolean;
  readonly connectTime: Date | undefined;
  readonly lastSeenTime: Date | undefined;
}

/** A running server. */
export interface ServerStatus {
  readonly serverId: string;
  readonly version: string;
  readonly startTime: Date | undefined;
  readonly renewTime: Date | undefined;
  readonly workers: number;
}

export interface Stats {
  readonly kinds: readonly KindStats[];
  readonly servers: readonly ServerStatus[];
}

export interface ServerInfo {
  readonly version: string;
  readonly serverId: string;
  /** Of the worker protocol. */
  readonly minProtocolRevision: number;
  readonly maxProtocolRevision: number;
  /** "memory", "sqlite", "mongodb", "postgres". */
  readonly store: string;
  readonly limits: Readonly<Record<string, number>>;
}
