import type { StoredKind } from "../core/kind.js";
import { type Policy, type PolicyInput, resolvePolicy } from "../core/policy.js";
import type { Store } from "../store/store.js";
import type { Kinds } from "./parts.js";

/** Every kind, as of the last `refresh`. */
export class KindCache implements Kinds {
  #kinds: ReadonlyMap<string, StoredKind> = new Map();
  /** Policies of jobs that have none of their own: most of them, and each is asked for with every task. */
  #plain = new Map<string, Policy>();
  #reading: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly defaults: Policy,
    private readonly changed: () => void,
  ) {}

  get(name: string): StoredKind | undefined {
    return this.#kinds.get(name);
  }

  policyOf(job: { readonly kind: string; readonly policy: PolicyInput }): Policy {
    for (const _ in job.policy) return resolvePolicy(job.policy, this.#kinds.get(job.kind)?.policy, this.defaults);
    let policy = this.#plain.get(job.kind);
    if (!policy) {
      policy = resolvePolicy({}, this.#kinds.get(job.kind)?.policy, this.defaults);
      if (this.#plain.size < 10_000) this.#plain.set(job.kind, policy);
    }
    return policy;
  }

  /** What is read begins after the call: a reading under way may have missed what the caller has just written. */
  refresh(): Promise<void> {
    if (!this.#reading) {
      this.#reading = this.#read().finally(() => {
        this.#reading = undefined;
      });
      return this.#reading;
    }
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #read(): Promise<void> {
    const kinds = await this.store.listKinds();
    if (kinds.length === this.#kinds.size && kinds.every((kind) => this.#kinds.get(kind.name)?.etag === kind.etag))
      return;
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#plain = new Map();
    this.changed();
  }
}
