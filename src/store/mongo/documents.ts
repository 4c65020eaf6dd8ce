import type { CancelNotice } from "../../core/edit.js";
import type { Lock, StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Outcome } from "../../core/outcome.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import type { Lease } from "../store.js";

/** A map as a list, so that no key is special to MongoDB: keys may hold dots and dollars. */
export interface Pair {
  readonly k: string;
  readonly v: string;
}

type BytesAs<T> = { readonly [name in keyof T]: T[name] extends Uint8Array | undefined ? Buffer : T[name] };

/**
 * One job: its slug is `_id`, its lock is inside. `closed`: a server has decided the outcome, so nobody adopts it any more.
 * `mark`: the call that gave the lock to its lease.
 */
export type JobDoc = BytesAs<Omit<StoredJob, "slug" | "labels" | "traceContext" | "lock">> & {
  readonly _id: string;
  readonly labels: readonly Pair[];
  readonly traceContext: readonly Pair[];
  readonly lock?: Lock & { readonly closed?: true; readonly mark?: string };
  /** Names the caller's write that made the document what it is: tells whether a write whose answer was lost took place. */
  readonly write?: string;
};

/**
 * One attempt that ended, and its commit point: whoever inserts it has decided the outcome. `_id` is token@slug, so that a
 * token under a wrong slug stands in nobody's way.
 */
export type RunDoc = Omit<Run, "result" | "effect"> & {
  readonly _id: string;
  readonly result: Buffer;
  /** Orders the history: the store's time at the insert, and what makes it unique. Sorts as text. */
  readonly position: string;
  /** Names the call that inserted it. */
  readonly put: string;
  /** Somebody else completes it: its writer may not take it back any more. */
  readonly taken?: true;
  readonly effect: StoredEffect;
};

/** What the outcome says besides what is in the run. */
export interface StoredEffect {
  readonly type: Outcome["type"];
  readonly endedAt: Date;
  readonly unit: number;
  readonly payload?: Buffer;
  readonly nextTime?: Date;
  readonly lastRun?: boolean;
  readonly permanent?: boolean;
  readonly retryAfterMs?: number;
  readonly delayMs?: number;
}

export type LeaseDoc = Omit<Lease, "id"> & {
  readonly _id: string;
  /** When it was left or fenced, by the store's clock. */
  readonly endedAt?: Date;
};

export type KindDoc = Omit<StoredKind, "name"> & { readonly _id: string };

/** `kinds` is a list for the same reason as labels are. */
export type WorkerDoc = Omit<WorkerStatus, "instance" | "info" | "capacity" | "held"> & {
  readonly _id: string;
  readonly lease: string;
  readonly info: readonly Pair[];
  readonly maxTasks: number;
  readonly kinds: readonly { readonly k: string; readonly v?: number }[];
  readonly held?: readonly { readonly k: string; readonly v: number }[];
};

export type CancelDoc = Omit<CancelNotice, "token"> & {
  readonly _id: string;
  readonly position: string;
  readonly expireAt: Date;
};

/** The one document that servers watch. */
export interface WakeDoc {
  readonly _id: "wake";
  /** Grows with every notice. */
  readonly n: number;
  /**
   * The newest notice, as JSON. In one field, and never twice the same: events tell only the fields that differ, and of a list
   * only the places, so that a notice in several could be read with what is left of one that was missed.
   */
  readonly notice: string;
  /** Names the data; drawn when it is first asked for. */
  readonly identity?: string;
}
