import type { Receipt } from "./frames.js";
import { FRAME_BYTES } from "./task-frame.js";

/** Of a receipt on the wire: its token, its state, and their keys. */
const RECEIPT_BYTES = 32;
/** The most that a UTF-16 unit takes in UTF-8. */
const UNIT_BYTES = 3;

/** The receipts of one turn leave together, in frames of at most 1 MiB. */
export class Receipts {
  #waiting: Receipt[] = [];
  #scheduled = false;

  constructor(private readonly send: (receipts: readonly Receipt[]) => void) {}

  push(receipt: Receipt): void {
    this.#waiting.push(receipt);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const receipts = this.#waiting;
    this.#waiting = [];
    let start = 0;
    let bytes = 0;
    for (let end = 0; end < receipts.length; end++) {
      const more = RECEIPT_BYTES + UNIT_BYTES * (receipts[end]?.message.length ?? 0);
      if (bytes > 0 && bytes + more > FRAME_BYTES) {
        this.send(receipts.slice(start, end));
        start = end;
        bytes = 0;
      }
      bytes += more;
    }
    if (bytes > 0) this.send(start === 0 ? receipts : receipts.slice(start));
  }

  clear(): void {
    this.#waiting = [];
  }
}
