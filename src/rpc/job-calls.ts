import { Check } from "../core/check.js";
import { checkEtag, checkRequestId, checkRunId, checkSlug } from "../core/check-names.js";
import { checkText } from "../core/check-text.js";
import { limit } from "../core/limits.js";
import type { Log } from "../core/log.js";
import type { BulkInput } from "../service/bulk.js";
import { isEmptyFilter } from "../service/job-filter.js";
import type { Service } from "../service/service.js";
import { readBackfill } from "./backfill.js";
import { readJobFilter } from "./filters.js";
import { Job } from "./gen/tickwire/v1/job.js";
import type { ClearJobsRequest, RequeueJobsRequest, SchedulerServer } from "./gen/tickwire/v1/scheduler.js";
import { serverStream, unary } from "./handler.js";
import { writeJob } from "./job.js";
import { readPage, writeToken } from "./page.js";
import { OUTCOME, readScheduleJob } from "./schedule.js";
import { scheduleBatch } from "./schedule-batch.js";
import { traceContextOf } from "./trace.js";
import { readUpdateJob } from "./update-job.js";
import { readView } from "./view.js";

type JobCalls = Pick<
  SchedulerServer,
  | "scheduleJob"
  | "scheduleJobs"
  | "getJob"
  | "listJobs"
  | "listJobSlugs"
  | "deleteJob"
  | "clearJobs"
  | "updateJob"
  | "pauseJob"
  | "resumeJob"
  | "runJob"
  | "requeueJobs"
  | "backfillJob"
  | "cancelRun"
>;

export function jobCalls(service: Service, log: Log): JobCalls {
  return {
    scheduleJob: unary(log, async (request, { metadata }) => {
      const context = { now: service.now(), traceContext: traceContextOf(metadata) };
      const { slug, job, outcome, warnings } = await service.scheduleJob(readScheduleJob(request, context));
      const shown = job ? writeJob({ job }, false) : Job.create({ slug });
      return { job: shown, outcome: OUTCOME[outcome], warnings: [...warnings] };
    }),

    scheduleJobs: unary(log, async (request, { metadata }) => {
      const context = { now: service.now(), traceContext: traceContextOf(metadata) };
      return { results: await scheduleBatch(service, log, request.requests, context) };
    }),

    getJob: unary(log, async (request) => {
      const check = new Check();
      checkSlug(check, "slug", request.slug);
      const full = readView(check, request.view, "full");
      check.done();
      return { job: writeJob(await service.getJob(request.slug), full) };
    }),

    listJobs: unary(log, async (request) => {
      const check = new Check();
      const filter = readJobFilter(check, "filter", request.filter);
      const page = readPage(check, request, ["ListJobs", filter]);
      const full = readView(check, request.view, "basic");
      check.done();
      const { items, next } = await service.listJobs({ ...page, filter, full });
      return { jobs: items.map((view) => writeJob(view, full)), nextPageToken: writeToken(next, ["ListJobs", filter]) };
    }),

    listJobSlugs: serverStream(log, async function* (request) {
      const check = new Check();
      const filter = readJobFilter(check, "filter", request.filter);
      check.done();
      for await (const slugs of service.listJobSlugs(filter)) yield { slugs: [...slugs] };
    }),

    updateJob: unary(log, async (request) => {
      const view = await service.updateJob(readUpdateJob(request, service.now()));
      return { job: writeJob(view, false) };
    }),

    deleteJob: unary(log, async ({ slug, etag, allowMissing }) => {
      const check = new Check();
      checkSlug(check, "slug", slug);
      checkEtag(check, "etag", etag);
      check.done();
      await service.deleteJob({ slug, etag, allowMissing });
      return {};
    }),

    clearJobs: unary(log, async (request, { signal }) => {
      const { count, more } = await service.clearJobs(readBulk(request), signal);
      return { deletedCount: BigInt(count), more };
    }),

    pauseJob: unary(log, async ({ slug, reason }) => {
      const check = new Check();
      checkSlug(check, "slug", slug);
      checkText(check, "reason", reason, limit("pause_reason_bytes"));
      check.done();
      return { job: writeJob(await service.pauseJob(slug, reason), false) };
    }),

    resumeJob: unary(log, async ({ slug }) => {
      const check = new Check();
      checkSlug(check, "slug", slug);
      check.done();
      return { job: writeJob(await service.resumeJob(slug), false) };
    }),

    runJob: unary(log, async ({ slug, requestId }) => {
      const check = new Check();
      checkSlug(check, "slug", slug);
      checkRequestId(check, "request_id", requestId);
      check.done();
      const { view, occurrenceId } = await service.runJob(slug, requestId);
      return { job: writeJob(view, false), occurrenceId };
    }),

    requeueJobs: unary(log, async (request, { signal }) => {
      const { count, more } = await service.requeueJobs(readBulk(request), signal);
      return { requeuedCount: BigInt(count), more };
    }),

    backfillJob: unary(log, async (request, { metadata }) => {
      const input = readBackfill(request, traceContextOf(metadata));
      const { slugs, created } = await service.backfillJob(input);
      return { slugs: [...slugs], createdCount: created };
    }),

    cancelRun: unary(log, async ({ slug, runId }) => {
      const check = new Check();
      checkSlug(check, "slug", slug);
      checkRunId(check, "run_id", runId);
      check.done();
      return { runId: await service.cancelRun(slug, runId) };
    }),
  };
}

/** What a bulk call means: a filter that says something, or `all` by name. */
function readBulk(request: ClearJobsRequest | RequeueJobsRequest): BulkInput {
  const check = new Check();
  const filter = readJobFilter(check, "filter", request.filter);
  if (check.clean && !request.all && isEmptyFilter(filter)) {
    check.bad("filter", "must not be empty, unless `all` is set: it would match every job");
  }
  check.done();
  return { filter, validateOnly: request.validateOnly };
}
