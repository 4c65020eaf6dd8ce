const TURN_MS = 4;

/** Lets other work in between once a turn has taken 4 ms, so that a long loop delays no ping, renewal or result. */
export function turns(): () => Promise<void> | undefined {
  let began = performance.now();
  return () => {
    if (performance.now() - began < TURN_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        began = performance.now();
        resolve();
      });
    });
  };
}
