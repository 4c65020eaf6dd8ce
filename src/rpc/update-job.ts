import { Check } from "../core/check.js";
import { checkLabels } from "../core/check-labels.js";
import { checkEtag, checkKind, checkSlug } from "../core/check-names.js";
import { checkSpan } from "../core/check-number.js";
import { checkContentType } from "../core/check-payload.js";
import type { StoredJob } from "../core/job.js";
import { limit } from "../core/limits.js";
import type { Move } from "../core/move-next.js";
import type { PolicyInput } from "../core/policy.js";
import type { TriggerInput } from "../core/trigger.js";
import type { JobChanges } from "../core/update-job.js";
import type { UpdateInput } from "../service/update-job.js";
import { PRIORITIES, readEnum } from "./enums.js";
import { Job, Policy, Trigger } from "./gen/tickwire/v1/job.js";
import type { UpdateJobRequest } from "./gen/tickwire/v1/scheduler.js";
import { mergePolicy, mergeTrigger, type Part } from "./merge.js";
import { readPolicy, writePolicy } from "./policy.js";
import { readPayload } from "./schedule.js";
import { EPOCH, readDuration, readTimestamp } from "./time.js";
import { readTrigger, writeTrigger } from "./trigger.js";
import { readUpdatePaths, type UpdatePaths } from "./update-paths.js";

/**
 * An update, checked in form. What it names a part of is read twice: the parts by themselves here, so that what is wrong is
 * told before any look-up, and once the job is known, as a part of what is stored.
 */
export function readUpdateJob(request: UpdateJobRequest, now: Date): UpdateInput {
  const check = new Check();
  if (!request.job) check.bad("job", "must be set");
  const job = request.job ?? Job.create();
  if (request.job) checkSlug(check, "job.slug", job.slug);
  if (job.kind !== "") checkKind(check, "job.kind", job.kind);
  checkEtag(check, "job.etag", job.etag);
  const next = readNext(check, request);
  const paths = readUpdatePaths(check, request.updateMask ?? [], next !== undefined);
  const whole = readWhole(check, request, job, paths);
  const trigger = readTriggerPart(check, job, paths, now);
  const policy = readPolicyPart(check, job, paths);
  check.done();
  return {
    slug: job.slug,
    etag: job.etag,
    kind: job.kind,
    inherits: trigger === "inherited",
    update: (stored, inherited) => ({
      ...whole,
      ...(trigger && { trigger: trigger === "inherited" ? inherited : trigger(stored) }),
      ...(policy && { policy: policy(stored) }),
      ...(next && { next }),
    }),
  };
}

/** What has no parts. */
function readWhole(check: Check, request: UpdateJobRequest, job: Job, paths: UpdatePaths): JobChanges {
  const payload = readPayload(check, request, paths.has("payload") ? job : Job.create());
  if (request.payloadText !== "" && !paths.has("payload")) {
    check.bad("payload_text", "must be named in update_mask, as payload");
  }
  if (paths.has("content_type")) checkContentType(check, "job.content_type", job.contentType);
  const labels = paths.has("labels") ? checkLabels(check, "job.labels", job.labels) : undefined;
  const priority = paths.has("priority") ? readEnum(check, "job.priority", job.priority, PRIORITIES) : undefined;
  return {
    ...(paths.has("payload") && { payload }),
    ...(paths.has("content_type") && { contentType: job.contentType }),
    ...(labels && { labels }),
    ...(priority !== undefined && { priority }),
  };
}

function readTriggerPart(
  check: Check,
  { trigger }: Job,
  paths: UpdatePaths,
  now: Date,
): "inherited" | ((stored: StoredJob) => TriggerInput) | undefined {
  if (!paths.names("trigger")) return undefined;
  if (paths.has("trigger")) {
    if (!trigger) return "inherited";
    const input = readTrigger(check, "job.trigger", trigger, now);
    return () => input ?? unread("trigger");
  }
  const parts = paths.partsOf("trigger");
  readMerged(check, standIn(parts), trigger, parts, EPOCH);
  return (stored) => {
    const merging = new Check();
    const input = readMerged(merging, writeTrigger(stored.trigger), trigger, parts, now);
    merging.done();
    return input ?? unread("trigger");
  };
}

function readMerged(check: Check, stored: Trigger, given: Trigger | undefined, parts: readonly Part[], now: Date) {
  const merged = mergeTrigger(stored, given, parts);
  if (merged.both) check.bad("job.trigger", "parts of one of cron, interval and once may be named, not of two");
  return readTrigger(check, "job.trigger", merged.trigger, now);
}

/** A trigger that is right whatever of it is not named. */
function standIn(parts: readonly Part[]): Trigger {
  const named = (schedule: string): boolean => parts.some(([first]) => first === schedule);
  if (named("cron")) {
    return Trigger.create({ schedule: { $case: "cron", value: { expression: "* * * * *" } } });
  }
  const every = { seconds: 1n, nanos: 0 };
  if (named("interval")) return Trigger.create({ schedule: { $case: "interval", value: { every } } });
  return Trigger.create({ schedule: { $case: "once", value: {} } });
}

function readPolicyPart(
  check: Check,
  { policy }: Job,
  paths: UpdatePaths,
): ((stored: StoredJob) => PolicyInput) | undefined {
  if (!paths.names("policy")) return undefined;
  if (paths.has("policy")) {
    const input = readPolicy(check, "job.policy", policy);
    return () => input;
  }
  const parts = paths.partsOf("policy");
  readPolicy(check, "job.policy", mergePolicy(Policy.create(), policy, parts));
  return (stored) => {
    const merging = new Check();
    const input = readPolicy(merging, "job.policy", mergePolicy(writePolicy(stored.policy), policy, parts));
    merging.done();
    return input;
  };
}

function readNext(check: Check, { next }: UpdateJobRequest): Move | undefined {
  if (next?.$case === "nextTime") {
    const time = readTimestamp(check, "next_time", next.value);
    // What is wrong was told: it still asks for something.
    return { time: time ?? EPOCH };
  }
  if (next?.$case !== "delay") return undefined;
  const delayMs = readDuration(check, "delay", next.value) ?? 0;
  checkSpan(check, "delay", delayMs, 0, limit("span_max_ms"));
  return { delayMs };
}

function unread(field: string): never {
  throw new Error(`a ${field} that is right was not read`);
}
