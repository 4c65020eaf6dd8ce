/** Time and timers as an argument, so that tests turn them by hand. */
export interface Clock {
  /** Monotonic, in ms; only differences mean anything. */
  mono(): number;
  /** Calls back once after `ms`; the returned function calls it off. */
  after(ms: number, call: () => void): () => void;
  /** Calls back once this turn's events have been handled. */
  soon(call: () => void): void;
}

/** The process's own clock. A timer keeps the process alive: a worker that waits to reconnect is not done. */
export const systemClock: Clock = {
  mono: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.max(0, Math.min(ms, 2_147_483_647)));
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};
