import { badField } from "../errors.js";
import {
  type Priority,
  Job as Wire,
  type Pause as WirePause,
  type CurrentTask as WireTask,
} from "../gen/tickwire/v1/job.js";
import type { CurrentTask, Job, JobCounts, JobInput, Pause } from "../job.js";
import { encodePayload, type Payload } from "../payload.js";
import { deadReasons, jobStates, priorities, waitReasons } from "./enums.js";
import { fromWirePolicy, toWirePolicy } from "./policy.js";
import { toDate } from "./time.js";
import { fromWireTrigger, known, toWireTrigger } from "./trigger.js";

/** Only the fields that a caller sets: what the server ignores is not sent. */
export function toWireJob(job: Partial<JobInput>): Wire {
  const { bytes, contentType } = payloadOf(job.payload);
  return Wire.fromPartial({
    slug: job.slug ?? "",
    kind: job.kind ?? "",
    payload: bytes,
    contentType: job.contentType ?? contentType,
    labels: labelsOf(job.labels, "job.labels"),
    trigger: job.trigger && toWireTrigger(job.trigger, "job.trigger"),
    policy: job.policy && toWirePolicy(job.policy, "job.policy"),
    priority: priorities.number(known(job.priority), "job.priority") as Priority,
  });
}

function payloadOf(payload: Payload | undefined): ReturnType<typeof encodePayload> {
  if (payload === undefined) return { bytes: Buffer.alloc(0), contentType: "" };
  try {
    return encodePayload(payload);
  } catch (error) {
    throw badField("job.payload", error instanceof Error ? error.message : String(error));
  }
}

export function labelsOf(labels: Readonly<Record<string, string>> | undefined, field: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (typeof value !== "string") throw badField(`${field}["${key}"]`, `not a string: ${String(value)}`);
    map.set(key, value);
  }
  return map;
}

export function fromWireJob(wire: Wire): Job {
  return {
    slug: wire.slug,
    kind: wire.kind,
    payload: wire.payload,
    contentType: wire.contentType,
    labels: Object.fromEntries(wire.labels),
    trigger: fromWireTrigger(wire.trigger),
    policy: wire.policy ? fromWirePolicy(wire.policy) : {},
    priority: priorities.name(wire.priority),
    uid: wire.uid,
    etag: wire.etag,
    state: jobStates.name(wire.state) ?? "unknown",
    pause: fromWirePause(wire.pause),
    deadReason: deadReasons.name(wire.deadReason),
    scheduledTime: toDate(wire.scheduledTime),
    dueTime: toDate(wire.dueTime),
    failures: wire.failures,
    lastError: wire.lastError,
    lastResult: wire.lastResult,
    lastEndTime: toDate(wire.lastEndTime),
    lastSuccessTime: toDate(wire.lastSuccessTime),
    currentTask: wire.currentTask && currentTask(wire.currentTask),
    counts: countsOf(wire.counts),
    createTime: toDate(wire.createTime),
    updateTime: toDate(wire.updateTime),
    expireTime: toDate(wire.expireTime),
    backfillOf: wire.backfillOf,
    effectivePolicy: wire.effectivePolicy && fromWirePolicy(wire.effectivePolicy),
    waitingFor: waitReasons.name(wire.waitingFor),
  };
}

export function fromWirePause(wire: WirePause | undefined): Pause | undefined {
  return wire && { reason: wire.reason, pauseTime: toDate(wire.pauseTime) };
}

function currentTask(wire: WireTask): CurrentTask {
  return {
    runId: wire.runId,
    occurrenceId: wire.occurrenceId,
    attempt: wire.attempt,
    workerId: wire.workerId,
    serverId: wire.serverId,
    startTime: toDate(wire.startTime),
    progress: wire.progress,
    progressNote: wire.progressNote,
    progressTime: toDate(wire.progressTime),
  };
}

function countsOf(wire: Wire["counts"]): JobCounts {
  return {
    succeeded: Number(wire?.succeeded ?? 0n),
    failed: Number(wire?.failed ?? 0n),
    lost: Number(wire?.lost ?? 0n),
    cancelled: Number(wire?.cancelled ?? 0n),
    occurrences: Number(wire?.occurrences ?? 0n),
    missed: Number(wire?.missed ?? 0n),
    exhausted: Number(wire?.exhausted ?? 0n),
    released: Number(wire?.released ?? 0n),
    snoozed: Number(wire?.snoozed ?? 0n),
  };
}
