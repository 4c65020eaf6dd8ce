import type { StoredKind } from "../core/kind.js";
import type { Log } from "../core/log.js";
import type { Policy, PolicyInput } from "../core/policy.js";
import type { Run } from "../core/run.js";
import type { Store } from "../store/store.js";
import type { Clock } from "./clock.js";

/** Spans that dispatch keeps; all in ms. */
export interface DispatchSettings {
  /** Both sides send a frame at least this often; silence of three ends a stream. Default 3,000. */
  readonly pingMs: number;
  /** How long a broken stream's tasks wait for their worker. Default 10,000. */
  readonly graceMs: number;
  /** Default 30,000. */
  readonly leaseTtlMs: number;
  /** The slow poll that covers for lost notices. Default 1,000. */
  readonly pollMs: number;
  /** How long a worker may take to answer a cancellation. Default 5,000. */
  readonly cancelMs: number;
  /** How long a stream may take to say hello. Default 10,000. */
  readonly helloMs: number;
  /** What holds where neither a job nor its kind says anything. */
  readonly defaultPolicy: Policy;
}

export interface DispatchParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: DispatchSettings;
  readonly serverId: string;
  readonly version: string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface WakeReason {
  /** Jobs of these kinds may be due at or after this moment. */
  readonly due?: { readonly kinds: Iterable<string>; readonly at: Date };
  /** A caller's write left a cancel notice. */
  readonly cancels?: boolean;
}

export interface Kinds {
  get(name: string): StoredKind | undefined;
  /** The kind's policy under the job's own, above the server's defaults. */
  policyOf(job: { readonly kind: string; readonly policy: PolicyInput }): Policy;
  /** Reads them again: awaited by whoever changed one, before the answer. */
  refresh(): Promise<void>;
}

/** Runs as they end on this server. Listeners are called in the turn that recorded them and must not throw. */
export interface RunFeed {
  publish(runs: readonly Run[]): void;
  subscribe(listener: (runs: readonly Run[]) => void): () => void;
}
