/** As many as a server keeps for a watcher that is slow. */
const MOST = 10_000;

/** The newest ids, each once; of too many the oldest are forgotten. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** False where it is there already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > MOST) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }
}
