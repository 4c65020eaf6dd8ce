import type { ScheduleInput } from "@tickwire/client";
import { between } from "./random.js";
import { BEAT, ONCE, type Work } from "./work.js";

/** Of all jobs, so many come again and again. */
const BEATS = 0.02;

/**
 * Jobs of every sort that a server tells apart: once and recurring, quick and slow, failing, outlasting their limit. The
 * recurring ones rest from their first success after `until`, and stay, so that their counts can be compared with their runs.
 */
export function mixedJobs(random: () => number, count: number, until: number): ScheduleInput[] {
  const beats = Math.round(count * BEATS);
  return Array.from({ length: count }, (_, n) => (n < beats ? beat(n, random, until) : once(n, random)));
}

function beat(n: number, random: () => number, until: number): ScheduleInput {
  const everyMs = between(random, 500, 3_000);
  const work: Work = { ms: between(random, 5, everyMs / 4), fickle: random() < 0.2, until };
  return {
    slug: `beat-${n}`,
    kind: BEAT,
    payload: work,
    trigger: { interval: { everyMs } },
    policy: policy(random),
  };
}

function once(n: number, random: () => number): ScheduleInput {
  const slug = `once-${n}`;
  const draw = random();
  const delay = random() < 0.2 ? { delayMs: between(random, 100, 5_000) } : {};
  const job = (work: Work, timeoutMs?: number) => ({
    slug,
    kind: ONCE,
    payload: work,
    policy: { ...policy(random), ...(timeoutMs !== undefined && { timeoutMs }) },
    ...delay,
  });
  if (draw < 0.1) return job({ ms: 20, fails: between(random, 1, 2) });
  if (draw < 0.15) return job({ ms: 50, slow: 1, slowMs: 2_000 }, 300);
  if (draw < 0.17) return job({ ms: 50, slow: 1, slowMs: 1_500, stubborn: true }, 300);
  if (draw < 0.25) return job({ ms: 20, fickle: true });
  if (draw < 0.4) return job({ ms: between(random, 500, 2_000) });
  return job({ ms: between(random, 0, 100) });
}

function policy(random: () => number): NonNullable<ScheduleInput["policy"]> {
  return { retry: { initialBackoffMs: between(random, 50, 300), maxBackoffMs: 1_000, maxAttempts: 50 } };
}
