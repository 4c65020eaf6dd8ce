import type { CancelNotice } from "../../core/edit.js";

/** A server that has not fetched its notice by then, in ms, is gone, and the job itself says the same. */
const KEPT_MS = 3_600_000;

/** Cancel notices by token, oldest first, until they are dropped or old. */
export class Notices {
  readonly #byToken = new Map<string, { readonly notice: CancelNotice; readonly at: Date }>();

  add(notice: CancelNotice, now: Date): void {
    // A newer notice of the same task takes the older one's words, at the end of the line.
    this.#byToken.delete(notice.token);
    this.#byToken.set(notice.token, { notice, at: now });
  }

  of(lease: string): CancelNotice[] {
    return [...this.#byToken.values()].map(({ notice }) => notice).filter((notice) => notice.lease === lease);
  }

  drop(token: string): void {
    this.#byToken.delete(token);
  }

  expire(now: Date): void {
    for (const [token, { at }] of this.#byToken) {
      if (now.getTime() - at.getTime() >= KEPT_MS) this.#byToken.delete(token);
    }
  }
}
