import { Check, show, under } from "../core/check.js";
import { checkLabels } from "../core/check-labels.js";
import { checkKind, checkRequestId, checkSlug } from "../core/check-names.js";
import { checkSpan } from "../core/check-number.js";
import { checkContentType, checkPayload } from "../core/check-payload.js";
import { checkText } from "../core/check-text.js";
import { TickwireError } from "../core/errors.js";
import { limit } from "../core/limits.js";
import type { ScheduleInput } from "../service/schedule-input.js";
import type { ScheduleOutcome as CoreOutcome } from "../service/schedule-jobs.js";
import { PRIORITIES, readEnum } from "./enums.js";
import { Job } from "./gen/tickwire/v1/job.js";
import { ConflictPolicy, type ScheduleJobRequest, ScheduleOutcome } from "./gen/tickwire/v1/scheduler.js";
import { readPolicy } from "./policy.js";
import { readDuration } from "./time.js";
import { readTrigger } from "./trigger.js";

export const OUTCOME = {
  created: ScheduleOutcome.CREATED,
  kept: ScheduleOutcome.KEPT,
  updated: ScheduleOutcome.UPDATED,
  replaced: ScheduleOutcome.REPLACED,
  repeated: ScheduleOutcome.REPEATED,
} as const satisfies Record<CoreOutcome, ScheduleOutcome>;

const ON_CONFLICT = new Map<number, ScheduleInput["onConflict"]>([
  [ConflictPolicy.UNSPECIFIED, "fail"],
  [ConflictPolicy.FAIL, "fail"],
  [ConflictPolicy.KEEP, "keep"],
  [ConflictPolicy.UPDATE, "update"],
  [ConflictPolicy.REPLACE, "replace"],
]);

/** What a schedule call knows besides its request. */
export interface ScheduleContext {
  /** The store's clock. */
  readonly now: Date;
  readonly traceContext: Readonly<Record<string, string>>;
}

/** One job to store, checked in form. Throws with all that is wrong. */
export function readScheduleJob(request: ScheduleJobRequest, context: ScheduleContext): ScheduleInput {
  const check = new Check();
  if (!request.job) check.bad("job", "must be set");
  const job = request.job ?? NO_JOB;
  readNames(check, request, job);
  const trigger = readTrigger(check, "job.trigger", job.trigger, context.now);
  // Written out, and what may be absent last, for the objects' speed: a batch makes a thousand of them.
  const input: ScheduleInput = {
    slug: job.slug,
    kind: job.kind,
    payload: readPayload(check, request, job),
    contentType: job.contentType,
    labels: checkLabels(check, "job.labels", job.labels),
    policy: readPolicy(check, "job.policy", job.policy),
    priority: readEnum(check, "job.priority", job.priority, PRIORITIES) ?? 2,
    traceContext: context.traceContext,
    onConflict: readEnum(check, "on_conflict", request.onConflict, ON_CONFLICT) ?? "fail",
    validateOnly: request.validateOnly,
    requestId: request.requestId,
    retry: request.retry,
  };
  const delayMs = readDelay(check, request);
  checkRequestId(check, "request_id", request.requestId);
  if (request.retry && request.requestId === "") check.bad("retry", "needs the request_id of the first try; got none");
  check.done();
  return Object.assign(input, trigger && { trigger }, delayMs !== undefined && { delayMs });
}

/** The same for one item of a batch: an error in its place where it is refused, its fields named from the batch's request on. */
export function readScheduleItem(
  request: ScheduleJobRequest,
  index: number,
  context: ScheduleContext,
): ScheduleInput | TickwireError {
  try {
    return readScheduleJob(request, context);
  } catch (error) {
    if (error instanceof TickwireError) return under(itemField(index), error);
    throw error;
  }
}

export function itemField(index: number): string {
  return `requests[${index}].`;
}

const NO_JOB: Job = Job.create();

function readNames(check: Check, request: ScheduleJobRequest, job: Job): void {
  if (job.slug !== "") checkSlug(check, "job.slug", job.slug);
  if (request.job) checkKind(check, "job.kind", job.kind);
  checkContentType(check, "job.content_type", job.contentType);
}

/** The job's payload, or the text that stands for it. */
export function readPayload(check: Check, { payloadText }: { readonly payloadText: string }, job: Job): Uint8Array {
  checkPayload(check, "job.payload", job.payload);
  if (payloadText === "") return job.payload;
  checkText(check, "payload_text", payloadText, limit("payload_bytes"));
  if (job.payload.length > 0) check.bad("payload_text", `must not be set beside job.payload; got ${show(payloadText)}`);
  return Buffer.from(payloadText);
}

function readDelay(check: Check, request: ScheduleJobRequest): number | undefined {
  const delayMs = readDuration(check, "delay", request.delay);
  if (delayMs !== undefined) checkSpan(check, "delay", delayMs, 0, limit("span_max_ms"));
  return delayMs;
}
