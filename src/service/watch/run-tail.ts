import type { ServiceParts } from "../parts.js";
import { HistoryReader, type TailListener } from "./history-reader.js";

/** One reader of the history for all watchers of this server, while there are any: who watches nothing costs nothing. */
export class RunTail {
  #reader: HistoryReader | undefined;
  #joined = 0;
  #full = 0;

  constructor(private readonly parts: ServiceParts) {}

  /**
   * Once it resolves the listener hears of every run that is recorded from then on; answers the place in the history that this
   * is. `early`: it hears of all that is told from the call on, for who reads the history itself. Rejects where the store can't be
   * read. `leave` follows in any case.
   */
  async join(listener: TailListener, early: boolean): Promise<string> {
    this.#joined++;
    // Before the look: so that every look that it hears of reads what it wants.
    if (listener.full) this.#full++;
    this.#reader ??= new HistoryReader(this.parts, () => this.#full > 0);
    const reader = this.#reader;
    if (early) reader.listeners.add(listener);
    await reader.look();
    reader.listeners.add(listener);
    return reader.place;
  }

  leave(listener: TailListener): void {
    this.#reader?.listeners.delete(listener);
    if (listener.full) this.#full--;
    if (--this.#joined > 0) return;
    this.#reader?.close();
    this.#reader = undefined;
  }
}
