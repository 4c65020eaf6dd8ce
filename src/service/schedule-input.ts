import { createHash } from "node:crypto";
import type { Priority, StoredJob } from "../core/job.js";
import { type JobInput, newJob } from "../core/new-job.js";
import type { PolicyInput } from "../core/policy.js";
import type { TriggerInput } from "../core/trigger.js";
import { drawId } from "./draw-id.js";

/** One job to store, in core's terms and checked in form. */
export interface ScheduleInput {
  /** Empty: drawn, from `requestId` where that is set. */
  readonly slug: string;
  readonly kind: string;
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Absent: the kind's; where that has none, it runs once. */
  readonly trigger?: TriggerInput;
  readonly policy: PolicyInput;
  readonly priority: Priority;
  readonly traceContext: Readonly<Record<string, string>>;
  /** From now to the first occurrence, in place of the trigger's. */
  readonly delayMs?: number;
  readonly onConflict: "fail" | "keep" | "update" | "replace";
  /** Answered as if it were stored; nothing is. */
  readonly validateOnly: boolean;
  /** Names the call; empty where the caller gave none. */
  readonly requestId: string;
  /** A try after the first. */
  readonly retry: boolean;
}

/** The job as it is stored first, with what the input leaves to its kind. Throws TickwireError where the trigger never fires. */
export function jobOf(input: ScheduleInput, trigger: TriggerInput, now: Date): StoredJob {
  const { kind, requestId, delayMs } = input;
  const job: JobInput = {
    slug: input.slug || drawSlug(kind, requestId),
    uid: drawId(),
    kind,
    priority: input.priority,
    trigger,
    policy: input.policy,
    payload: input.payload,
    contentType: input.contentType,
    labels: input.labels,
    traceContext: input.traceContext,
  };
  return newJob(Object.assign(job, requestId !== "" && { requestId }, delayMs !== undefined && { delayMs }), now);
}

/** The kind, for people, and 128 bits: the same ones for each try of a call that has a name. */
function drawSlug(kind: string, requestId: string): string {
  const bits = requestId === "" ? drawId() : createHash("sha256").update(requestId).digest("hex").slice(0, 32);
  return `${kind}-${bits}`;
}
