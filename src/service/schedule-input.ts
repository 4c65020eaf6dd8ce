import { createHash, randomBytes } from "node:crypto";
import type { Priority, StoredJob } from "../core/job.js";
import { newJob } from "../core/new-job.js";
import type { PolicyInput } from "../core/policy.js";
import type { TriggerInput } from "../core/trigger.js";

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
  readonly onConflict: "fail" | "keep" | "replace";
  /** Names the call; empty where the caller gave none. */
  readonly requestId: string;
  /** A try after the first. */
  readonly retry: boolean;
}

/** The job as it is stored first. Throws TickwireError where its trigger never fires. */
export function jobOf(input: ScheduleInput, kindTrigger: TriggerInput | undefined, now: Date): StoredJob {
  const { slug, delayMs, requestId, onConflict: _, retry: __, trigger, ...definition } = input;
  return newJob(
    {
      ...definition,
      slug: slug || drawSlug(input.kind, requestId),
      uid: randomBytes(16).toString("hex"),
      trigger: trigger ?? kindTrigger ?? { type: "once" },
      ...(requestId !== "" && { requestId }),
      ...(delayMs !== undefined && { delayMs }),
    },
    now,
  );
}

/** The kind, for people, and 128 bits: the same ones for each try of a call that has a name. */
function drawSlug(kind: string, requestId: string): string {
  const bits = requestId === "" ? randomBytes(16) : createHash("sha256").update(requestId).digest().subarray(0, 16);
  return `${kind}-${bits.toString("hex")}`;
}
