import { constants } from "node:os";

/**
 * Resolves with the first SIGTERM or SIGINT. A later one ends the process at once, with 128 + its number. What comes within `deafMs` of
 * the first is the same wish told twice: npm hands on the ^C that the terminal has sent to its children already.
 */
export function stopSignal(deafMs = 0): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const take = (signal: NodeJS.Signals): void => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        resolve(signal);
      } else if (performance.now() - firstAt >= deafMs) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGTERM", take);
    process.on("SIGINT", take);
  });
}
