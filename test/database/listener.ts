import assert from "node:assert/strict";
import type { Store, Wake } from "../../src/store/store.js";
import { kind } from "../store/suite/jobs.js";

/** What a store hears, in order. */
export class Listener implements AsyncDisposable {
  readonly heard: Wake[] = [];
  readonly #stop = new AbortController();
  readonly #looks = new Set<() => void>();
  /** Rejects where the stream breaks. */
  readonly ended: Promise<void>;

  constructor(store: Store) {
    this.ended = (async () => {
      for await (const wake of store.watch(this.#stop.signal)) {
        this.heard.push(wake);
        for (const look of this.#looks) look();
      }
    })();
    this.ended.catch(() => {});
  }

  async until(holds: (wake: Wake) => boolean): Promise<Wake> {
    const heard = new Promise<Wake>((resolve) => {
      const look = (): void => {
        const found = this.heard.find(holds);
        if (found) resolve(found);
      };
      this.#looks.add(look);
      look();
    });
    return await Promise.race([heard, this.ended.then(() => assert.fail("it ended"))]);
  }

  /** Listens once a stranger's notice is heard: nothing says sooner that a change stream is open. */
  async open(stranger: Store): Promise<this> {
    const began = performance.now();
    for (let n = 0; this.heard.length === 0; n++) {
      assert.ok(performance.now() - began < 20_000, "nothing was heard");
      await stranger.putKind(kind(`stranger-${n}`), undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await Promise.race([this.ended, new Promise(setImmediate)]);
    }
    this.heard.length = 0;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => {});
  }
}
