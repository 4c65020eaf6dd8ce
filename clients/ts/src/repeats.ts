import { randomUUID } from "node:crypto";
import type { SchedulerService } from "./gen/tickwire/v1/scheduler.js";

export type MethodName = Exclude<keyof SchedulerService, "work">;

/** What this file looks at in a request, of ts-proto's as well as of @bufbuild/protobuf's messages: the names are the same. */
interface Named {
  requestId?: string;
  retry?: boolean;
  requests?: Named[];
  etag?: string;
  kind?: { etag?: string } | string | undefined;
  validateOnly?: boolean;
  runId?: string;
}

const always = () => true;
const never = () => false;
const onlyCounting = (request: Named) => request.validateOnly === true;

/**
 * Whether a call may be sent again after UNAVAILABLE, when nobody knows whether it was carried out. It may where the repeat changes
 * nothing more: reads; calls that carry a request_id; those that name the version (etag) or run that they mean. Not where it could
 * undo what another caller did in between: delete a job that was created anew, pause what was just resumed.
 */
const repeatable: Readonly<Record<MethodName, (request: Named) => boolean>> = {
  registerKind: ({ kind }) => typeof kind !== "object" || !kind.etag,
  getKind: always,
  listKinds: always,
  deleteKind: never,
  pauseKind: never,
  resumeKind: never,
  scheduleJob: always,
  scheduleJobs: always,
  getJob: always,
  listJobs: always,
  listJobSlugs: always,
  updateJob: never,
  deleteJob: ({ etag }) => Boolean(etag),
  clearJobs: onlyCounting,
  pauseJob: never,
  resumeJob: never,
  runJob: always,
  requeueJobs: onlyCounting,
  // Its jobs are named by slug and occurrence, and kept for a day: a repeat stores none twice.
  backfillJob: always,
  cancelRun: ({ runId }) => Boolean(runId),
  previewTrigger: always,
  listRuns: always,
  watchRuns: always,
  listWorkers: always,
  getStats: always,
  getServerInfo: always,
};

export function isRepeatable(method: MethodName, request: object): boolean {
  return repeatable[method](request as Named);
}

/** Before the first try: names the call, so that a repeat is known as one. */
export function nameCall(method: MethodName, request: object): void {
  const named = request as Named;
  if (method === "scheduleJob" || method === "runJob") named.requestId ||= randomUUID();
  else if (method === "scheduleJobs") for (const one of named.requests ?? []) one.requestId ||= randomUUID();
}

/** Before every further try: a job that an earlier try stored, and that ran and is gone, is not stored again. */
export function markRepeat(method: MethodName, request: object): void {
  const named = request as Named;
  if (method === "scheduleJob") named.retry = true;
  else if (method === "scheduleJobs") for (const one of named.requests ?? []) one.retry = true;
}
