import type { Log } from "../core/log.js";
import type { Clock } from "./clock.js";

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Between the end of a turn and the next; a turn may answer another span, in ms. */
  readonly everyMs: number;
  readonly turn: () => Promise<number | undefined>;
}

/** Turns that never overlap. A failed one is logged and does not end the loop. */
export class Loop {
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #disarm: (() => void) | undefined;

  constructor(private readonly options: LoopOptions) {}

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes a turn now; where one is running, one more after it. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#disarm?.();
    this.#disarm = undefined;
    this.#running = this.#run();
  }

  /** Takes the first turn after `ms`. */
  start(ms = this.options.everyMs): void {
    this.#sleep(ms);
  }

  /** No turn begins after this; resolves once a running one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#disarm?.();
    await this.#running;
  }

  #sleep(ms: number): void {
    if (this.#stopped) return;
    this.#disarm?.();
    this.#disarm = this.options.clock.after(ms, () => this.wake());
  }

  async #run(): Promise<void> {
    let nextMs: number | undefined;
    do {
      this.#again = false;
      try {
        nextMs = await this.options.turn();
      } catch (error) {
        nextMs = undefined;
        this.options.log.warn({ err: error, loop: this.options.name }, "a turn failed; the loop goes on");
      }
    } while (this.#again && !this.#stopped);
    this.#running = undefined;
    this.#sleep(nextMs ?? this.options.everyMs);
  }
}
