import { dueTime } from "./due-time.js";
import { TickwireError } from "./errors.js";
import { type JobDefinition, NO_COUNTS, type StoredJob } from "./job.js";
import { firstOccurrence, timeByHand } from "./schedule.js";
import { resolveTrigger, type Trigger, type TriggerInput } from "./trigger.js";

/** What a caller gives of a job, checked and with its kind's trigger filled in. */
export interface JobInput
  extends Omit<JobDefinition, "trigger" | "triggerFrom" | "createdAt" | "createId" | "requestId" | "backfillOf"> {
  readonly trigger: TriggerInput;
  /** Names the call that stores the job. */
  readonly requestId?: string;
  /** From now to the first occurrence, in place of the trigger's. */
  readonly delayMs?: number;
}

/**
 * A job as it is first stored. `now` is the store's clock. Throws NEVER_FIRES where the trigger has no occurrence left, and
 * BAD_CRON or BAD_TIME_ZONE where it can't be computed.
 */
export function newJob(input: JobInput, now: Date): StoredJob {
  const { requestId } = input;
  const { trigger, occurrence, at, byHand } = firstTime(resolveTrigger(input.trigger, now), input, now);
  // Written out, and what may be absent last: with spreads in front V8 keeps the object as a hash table, at 25 µs instead of 1.
  const job: StoredJob = {
    slug: input.slug,
    uid: input.uid,
    kind: input.kind,
    priority: input.priority,
    trigger,
    triggerFrom: now,
    policy: input.policy,
    payload: input.payload,
    contentType: input.contentType,
    labels: input.labels,
    traceContext: input.traceContext,
    createdAt: now,
    updatedAt: now,
    occurrence,
    at,
    due: at,
    cause: "trigger",
    attempt: 0,
    failures: 0,
    releases: 0,
    snoozes: 0,
    losses: 0,
    triggerCount: 1,
    counts: NO_COUNTS,
    etag: etagOf(input.uid, 1),
    rev: 1,
    // Microseconds, so that it grows over delete and re-create while the store's clock does not go back.
    fence: now.getTime() * 1_000,
  };
  if (!requestId && !byHand) return job;
  return Object.assign(job, requestId && { createId: requestId, requestId }, byHand && { byHand });
}

function firstTime(trigger: Trigger, { uid, delayMs }: JobInput, now: Date) {
  const first = firstOccurrence(trigger, now);
  if (delayMs === undefined) {
    if (!first) throw neverFires();
    return { trigger, occurrence: first, at: dueTime(trigger, uid, first) };
  }
  const at = timeByHand(trigger, new Date(now.getTime() + delayMs));
  if (!at || (!first && trigger.type !== "once")) throw neverFires();
  if (trigger.type === "once") return { trigger: { ...trigger, time: at }, occurrence: at, at };
  return { trigger, occurrence: at, at, byHand: true as const };
}

export function neverFires(): TickwireError {
  return new TickwireError("NEVER_FIRES", "the trigger has no occurrence after now");
}

/** Unlike any other of this slug: a job made anew has another uid, and each write another revision. */
export function etagOf(uid: string, rev: number): string {
  return `${uid.slice(0, 8)}-${rev}`;
}
