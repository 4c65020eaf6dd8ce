import type { Clock } from "../clock.js";

/** A timer that fires so late was not fired by silence: the process was stopped, and must read before it judges. */
const lateMs = 500;
/** Silence of so many intervals is death. */
const intervals = 3;

/** One stream's signs of life: asks for a ping where nothing was sent for an interval, and tells when nothing came for three. */
export class Liveness {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #events: { ping(): void; silent(): void };
  #sentAt: number;
  #heardAt: number;
  #pingTimer: (() => void) | undefined;
  #silenceTimer: (() => void) | undefined;

  constructor(clock: Clock, intervalMs: number, events: { ping(): void; silent(): void }) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#events = events;
    this.#sentAt = clock.mono();
    this.#heardAt = this.#sentAt;
    this.#armPing(intervalMs);
    this.#armSilence(intervals * intervalMs, false);
  }

  sent(): void {
    this.#sentAt = this.#clock.mono();
  }

  heard(): void {
    this.#heardAt = this.#clock.mono();
  }

  stop(): void {
    this.#pingTimer?.();
    this.#silenceTimer?.();
  }

  #armPing(ms: number): void {
    this.#pingTimer = this.#clock.after(ms, () => {
      const restMs = this.#sentAt + this.#intervalMs - this.#clock.mono();
      if (restMs > 0) return this.#armPing(restMs);
      this.#armPing(this.#intervalMs);
      this.#events.ping();
    });
  }

  #armSilence(ms: number, again: boolean): void {
    const dueAt = this.#clock.mono() + ms;
    this.#silenceTimer = this.#clock.after(ms, () => {
      const now = this.#clock.mono();
      const restMs = this.#heardAt + intervals * this.#intervalMs - now;
      if (restMs > 0) this.#armSilence(restMs, false);
      else if (!again && now - dueAt > lateMs) this.#armSilence(this.#intervalMs, true);
      else this.#events.silent();
    });
  }
}
