import type { Clock } from "./clock.js";
import type { Deadline, Deadlines } from "./deadlines.js";

/** A peer that sent no frame for so many ping intervals is gone. */
const SILENT_PINGS = 3;

/** Both directions of one stream: sends a ping where nothing else was sent, and tells when the peer has fallen silent. */
export class Liveness {
  #seenAt: number;
  #sentAt: number;
  #silence: Deadline | undefined;
  #disarm: (() => void) | undefined;

  constructor(
    private readonly parts: {
      readonly clock: Clock;
      readonly deadlines: Deadlines;
      readonly pingMs: number;
      readonly ping: () => void;
      readonly silent: () => void;
    },
  ) {
    this.#seenAt = this.#sentAt = parts.clock.mono();
  }

  /** By the monotonic clock. */
  get seenAt(): number {
    return this.#seenAt;
  }

  seen(): void {
    this.#seenAt = this.parts.clock.mono();
    // It was heard after a stop of this process: the next stop is judged as the first.
    if (!this.#silence?.rearmed) return;
    this.parts.deadlines.clear(this.#silence);
    this.#listen(SILENT_PINGS * this.parts.pingMs);
  }

  sent(): void {
    this.#sentAt = this.parts.clock.mono();
  }

  start(): void {
    this.#listen(SILENT_PINGS * this.parts.pingMs);
    this.#wait(this.parts.pingMs);
  }

  stop(): void {
    this.parts.deadlines.clear(this.#silence);
    this.#disarm?.();
  }

  /** One deadline for many frames: it moves on only when it has come. */
  #listen(ms: number): void {
    this.#silence = this.parts.deadlines.set(ms, () => {
      const left = this.#seenAt + SILENT_PINGS * this.parts.pingMs - this.parts.clock.mono();
      if (left > 0) this.#listen(left);
      else this.parts.silent();
    });
  }

  #wait(ms: number): void {
    this.#disarm = this.parts.clock.after(ms, () => {
      const left = this.#sentAt + this.parts.pingMs - this.parts.clock.mono();
      if (left <= 0) {
        this.parts.ping();
        // A peer that is too full to be sent a ping is looked at again as if it had been.
        this.sent();
      }
      this.#wait(left > 0 ? Math.ceil(left) : this.parts.pingMs);
    });
  }
}
