import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks until it is so; resolves to how long that took, in ms. Rejects with what was waited for where it takes longer. By how
 * much this process's own timers were late, the machine was busy with others: that time is nobody's fault, and not counted.
 */
export async function until(
  what: string,
  withinMs: number,
  isSo: () => boolean | Promise<boolean>,
  everyMs = 50,
): Promise<number> {
  const began = performance.now();
  let stalledMs = 0;
  for (;;) {
    if (await isSo()) return performance.now() - began;
    const spentMs = performance.now() - began;
    if (spentMs - stalledMs > withinMs) {
      throw new Error(`not within ${withinMs} ms (and ${Math.round(stalledMs)} ms of a busy machine): ${what}`);
    }
    await sleep(everyMs);
    stalledMs += performance.now() - began - spentMs - everyMs;
  }
}
