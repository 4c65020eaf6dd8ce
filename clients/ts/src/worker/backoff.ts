/** The longest wait between two tries with tasks in hand: their server waits 10 s for this worker, so several tries must fit. */
export const longestWithTasksMs = 2_000;
const longestMs = 10_000;
const firstMs = 100;

/**
 * The wait before the next try, after `failures` tries in a row that came to nothing (0: a stream that worked broke). Full jitter:
 * uniform below a bound that doubles, so that the workers of a server that died do not come back at once. `unit` is drawn from [0, 1).
 */
export function reconnectDelayMs(failures: number, withTasks: boolean, unit: number): number {
  const bound = Math.min(firstMs * 2 ** Math.min(failures, 16), withTasks ? longestWithTasksMs : longestMs);
  return unit * bound;
}

/** How long a try may take, from its start to the welcome, after `timeouts` of them in a row took too long. */
export function tryTimeoutMs(timeouts: number, withTasks: boolean): number {
  return withTasks ? Math.min(longestWithTasksMs * 2 ** Math.min(timeouts, 16), longestMs) : longestMs;
}

/** The wait that a drain notice asks for: the span, and a random part of it more. */
export function drainDelayMs(toldMs: number, unit: number): number {
  return Math.min(Math.max(toldMs, 0), 300_000) * (1 + unit);
}
