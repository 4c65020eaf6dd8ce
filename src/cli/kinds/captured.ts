import { withoutCutEnd, withoutCutStart } from "./utf8.js";

/** Chunks that are put together into one. */
const MANY = 500;

/**
 * What a program wrote, in bounded memory: its beginning and its end, and how much came between. The end matters as much as the
 * beginning: that is where programs say what went wrong.
 */
export class Captured {
  readonly #half: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  /** The newest bytes behind the head; at most twice the half, before they are put together. */
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #bytes = 0;

  /** `limit`: bytes that are kept, half of them of the beginning. */
  constructor(limit: number) {
    this.#half = Math.floor(limit / 2);
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const ofHead = chunk.subarray(0, this.#half - this.#headBytes);
    if (ofHead.length > 0) {
      this.#head.push(Buffer.from(ofHead));
      this.#headBytes += ofHead.length;
      // A program may write byte by byte.
      if (this.#head.length > MANY) this.#head = [Buffer.concat(this.#head)];
    }
    const rest = chunk.subarray(ofHead.length);
    if (rest.length === 0) return;
    this.#tail.push(Buffer.from(rest.subarray(-this.#half)));
    this.#tailBytes += Math.min(rest.length, this.#half);
    if (this.#tailBytes > 2 * this.#half || this.#tail.length > MANY) {
      this.#tail = [Buffer.concat(this.#tail).subarray(-this.#half)];
      this.#tailBytes = Math.min(this.#tailBytes, this.#half);
    }
  }

  /** All of it where it fits into `limit` bytes, which may be less than what is kept; else with a line in its middle that says how much was cut. */
  text(limit = 2 * this.#half): string {
    const kept = Buffer.concat([...this.#head, Buffer.concat(this.#tail).subarray(-this.#half)]);
    if (kept.length === this.#bytes && kept.length <= limit) return kept.toString("utf8");
    const half = Math.min(this.#half, Math.floor(limit / 2));
    const head = withoutCutEnd(kept.subarray(0, half));
    const tail = half === 0 ? kept.subarray(0, 0) : withoutCutStart(kept.subarray(Math.max(half, kept.length - half)));
    const cutBytes = this.#bytes - head.length - tail.length;
    const before = head.length === 0 || head.at(-1) === 0x0a ? "" : "\n";
    return `${head.toString("utf8")}${before}[... ${cutBytes} bytes cut ...]\n${tail.toString("utf8")}`;
  }

  /** Its last bytes, at most `limit` and what is kept of the end. */
  end(limit: number): string {
    const all = Buffer.concat([...(this.#bytes <= 2 * this.#half ? this.#head : []), ...this.#tail]);
    return all.length <= limit ? all.toString("utf8") : withoutCutStart(all.subarray(-limit)).toString("utf8");
  }
}
