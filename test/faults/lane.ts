import type { Socket } from "node:net";

/** Bytes; "end": the sender's last ones have gone; "gone": the sender does not listen either. */
export type Part = Buffer | "end" | "gone";

/** One direction of a connection: what goes in comes out in order, each part no sooner than it is due. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #waiting: { readonly part: Part; dueMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    for (const event of ["drain", "close"]) to.on(event, () => from.resume());
  }

  /** `delayMs` may be Infinity: until `release`. */
  push(part: Part, delayMs: number): void {
    this.#waiting.push({ part, dueMs: performance.now() + delayMs });
    this.#run();
  }

  /** Sends everything that waits. */
  release(): void {
    for (const waiting of this.#waiting) waiting.dueMs = 0;
    this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #run(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const [next] = this.#waiting;
      if (!next || next.dueMs === Number.POSITIVE_INFINITY) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#run(), waitMs);
        return;
      }
      this.#waiting.shift();
      this.#send(next.part);
    }
  }

  #send(part: Part): void {
    if (part === "end") this.#to.end();
    else if (part === "gone") this.#to.destroySoon();
    else if (this.#to.writable && !this.#to.write(part)) this.#from.pause();
  }
}
