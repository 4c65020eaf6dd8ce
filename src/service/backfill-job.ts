import { backfillOf } from "../core/backfill.js";
import { badFields, TickwireError } from "../core/errors.js";
import type { StoredJob } from "../core/job.js";
import { limit } from "../core/limits.js";
import { nextAfter } from "../core/schedule.js";
import type { Trigger } from "../core/trigger.js";
import { drawId } from "./draw-id.js";
import type { ServiceParts } from "./parts.js";
import { jobExists, jobNotFound } from "./refusal.js";
import { turns } from "./turn.js";
import { wakeFor } from "./wake-for.js";

export interface BackfillInput {
  readonly slug: string;
  readonly start: Date;
  /** Without it. */
  readonly end: Date;
  /** Where there are more, none is stored. */
  readonly maxRuns: number;
  readonly traceContext: Readonly<Record<string, string>>;
}

export interface Backfilled {
  /** In the order of their occurrences. */
  readonly slugs: readonly string[];
  /** Those that were not there before. */
  readonly created: number;
}

/**
 * Stores a job for each occurrence of the span; one that is there, also COMPLETED or DEAD, is left as it is. So a call that was
 * ended in the middle, by whatever, is made again.
 */
export async function backfillJob(parts: ServiceParts, input: BackfillInput): Promise<Backfilled> {
  const job = await parts.store.get(input.slug);
  if (!job) throw jobNotFound(input.slug);
  if (job.trigger.type === "fixed_delay") throw withoutTimes(job);
  const now = parts.dispatch.now();
  const times = await occurrencesOf(job.trigger, input, now);
  if (times.length > input.maxRuns) throw tooMany(input);
  const { traceContext } = input;
  const jobs = times.map((time) => backfillOf(job, time, { uid: drawId(), traceContext }, now));
  return { slugs: jobs.map(({ slug }) => slug), created: await create(parts, jobs, job) };
}

/** Those of the span, or one more than may be. */
async function occurrencesOf(trigger: Trigger, { start, end, maxRuns }: BackfillInput, now: Date): Promise<Date[]> {
  const times: Date[] = [];
  const pause = turns();
  let time = nextAfter(trigger, new Date(start.getTime() - 1));
  while (time && time < end && times.length <= maxRuns) {
    if (time > now) throw stillToCome(time);
    times.push(time);
    await pause();
    time = nextAfter(trigger, time);
  }
  return times;
}

/** In steps, each with the payload of a message at most: a thousand jobs may have a gigabyte. */
async function create(parts: ServiceParts, jobs: readonly StoredJob[], { slug, payload }: StoredJob): Promise<number> {
  const step = Math.max(1, Math.min(jobs.length, Math.floor(limit("message_bytes") / (payload.length + 1))));
  let created = 0;
  for (let from = 0; from < jobs.length; from += step) {
    const batch = jobs.slice(from, from + step);
    const results = await parts.store.create(batch.map((job) => ({ job, retry: false })));
    const fresh = batch.filter((_, n) => results[n]?.status === "created");
    created += fresh.length;
    wakeFor(parts, fresh);
    for (const result of results) {
      // Somebody's own job of this name does not do what this call promises.
      if (result.status === "exists" && result.job.backfillOf !== slug) throw jobExists(result.job);
    }
  }
  return created;
}

function withoutTimes({ slug }: StoredJob): TickwireError {
  const message = `the job ${slug} has a FIXED_DELAY trigger: its times are known only as its runs end, so that none is past`;
  return new TickwireError("NO_PAST_TIMES", message, { slug, state: "FIXED_DELAY" });
}

function tooMany({ slug, maxRuns }: BackfillInput): TickwireError {
  const message = `the job ${slug} has more than ${maxRuns} occurrences in the span: shorten it, or allow more`;
  return new TickwireError("TOO_MANY_RUNS", message, { slug, max_runs: String(maxRuns) });
}

function stillToCome(time: Date): TickwireError {
  const description = `must be at or before the occurrence ${time.toISOString()}, which is still to come, and runs by itself`;
  return badFields([{ field: "end_time", description }]);
}
