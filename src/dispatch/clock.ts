/** Time and timers as an argument, so that tests turn them by hand. */
export interface Clock {
  /** Monotonic, in ms; only differences mean anything. */
  mono(): number;
  /** Calls back once after `ms`; the returned function calls it off. */
  after(ms: number, call: () => void): () => void;
  /** Calls back as soon as what the process has received by now was read, and before any timer is waited for. */
  soon(call: () => void): void;
}

/** The process's own clock. Timers do not keep the process alive. */
export const systemClock: Clock = {
  mono: () => performance.now(),
  after(ms, call) {
    const timer = setTimeout(call, Math.max(0, Math.min(ms, 2_147_483_647)));
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon(call) {
    setImmediate(call);
  },
};
