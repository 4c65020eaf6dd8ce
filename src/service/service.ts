import type { TickwireError } from "../core/errors.js";
import type { StoredKind } from "../core/kind.js";
import type { Run } from "../core/run.js";
import type { WorkerStatus } from "../core/worker.js";
import type { JobFilter, Page } from "../store/store.js";
import { type Backfilled, type BackfillInput, backfillJob } from "./backfill-job.js";
import type { BulkAnswer, BulkInput } from "./bulk.js";
import { cancelRun } from "./cancel-run.js";
import { clearJobs } from "./clear-jobs.js";
import { type DeleteInput, deleteJob } from "./delete-job.js";
import { deleteKind } from "./delete-kind.js";
import { getJob } from "./get-job.js";
import { getStats, type Stats } from "./get-stats.js";
import type { JobView } from "./job-view.js";
import { getKind, listKinds } from "./kinds.js";
import { type ListJobsInput, listJobSlugs, listJobs } from "./list-jobs.js";
import { type ListRunsInput, listRuns } from "./list-runs.js";
import { listWorkers } from "./list-workers.js";
import type { PageRequest } from "./page.js";
import type { ServiceParts } from "./parts.js";
import { pauseJob } from "./pause-job.js";
import { pauseKind } from "./pause-kind.js";
import { type Preview, type PreviewInput, previewTrigger } from "./preview-trigger.js";
import { type Registered, type RegisterInput, registerKind } from "./register-kind.js";
import { requeueJobs } from "./requeue-jobs.js";
import { resumeJob } from "./resume-job.js";
import { resumeKind } from "./resume-kind.js";
import { type RunAsked, runJob } from "./run-job.js";
import type { ScheduleInput } from "./schedule-input.js";
import { type ScheduledOne, scheduleJob } from "./schedule-job.js";
import { type Scheduled, scheduleJobs } from "./schedule-jobs.js";
import { type ServerInfo, serverInfo } from "./server-info.js";
import { type UpdateInput, updateJob } from "./update-job.js";
import { RunTail } from "./watch/run-tail.js";
import { type WatchedRuns, type WatchInput, watchRuns } from "./watch/watch-runs.js";

/**
 * What callers can ask for, in core's terms. Inputs are checked in form before (`core/check`); what depends on what is stored
 * is checked here. Every method rejects with TickwireError, `STORE_DOWN` among them; whatever resolved as stored is durable.
 */
export interface Service {
  registerKind(input: RegisterInput): Promise<Registered>;
  getKind(name: string): Promise<StoredKind>;
  listKinds(request: PageRequest): Promise<Page<StoredKind>>;
  deleteKind(name: string): Promise<void>;
  /** When it resolves, this server hands out no more of the kind; others stop within a poll. */
  pauseKind(name: string, reason: string): Promise<StoredKind>;
  resumeKind(name: string): Promise<StoredKind>;
  scheduleJob(input: ScheduleInput): Promise<ScheduledOne>;
  /** Answers in order; what was refused is an error in its place. */
  scheduleJobs(inputs: readonly ScheduleInput[]): Promise<readonly (Scheduled | TickwireError)[]>;
  getJob(slug: string): Promise<JobView>;
  listJobs(input: ListJobsInput): Promise<Page<JobView>>;
  listJobSlugs(filter: JobFilter): AsyncIterable<readonly string[]>;
  deleteJob(input: DeleteInput): Promise<void>;
  updateJob(input: UpdateInput): Promise<JobView>;
  pauseJob(slug: string, reason: string): Promise<JobView>;
  resumeJob(slug: string): Promise<JobView>;
  clearJobs(input: BulkInput, signal: AbortSignal): Promise<BulkAnswer>;
  runJob(slug: string, requestId: string): Promise<RunAsked>;
  /** A repeat stores none twice. */
  backfillJob(input: BackfillInput): Promise<Backfilled>;
  requeueJobs(input: BulkInput, signal: AbortSignal): Promise<BulkAnswer>;
  /** Answers the run's id; `runId` empty: whichever is in progress. */
  cancelRun(slug: string, runId: string): Promise<string>;
  previewTrigger(input: PreviewInput, signal: AbortSignal): Promise<Preview>;
  listRuns(input: ListRunsInput): Promise<Page<Run>>;
  watchRuns(input: WatchInput, signal: AbortSignal): AsyncIterable<WatchedRuns>;
  listWorkers(request: PageRequest): Promise<Page<WorkerStatus>>;
  /** Of these kinds; of every kind where none is named. */
  getStats(kinds: readonly string[]): Promise<Stats>;
  serverInfo(): ServerInfo;
  /** The store's clock, as this server estimates it: what input checks go by. */
  now(): Date;
}

export function createService(parts: ServiceParts): Service {
  const tail = new RunTail(parts);
  return {
    registerKind: (input) => registerKind(parts, input),
    getKind: (name) => getKind(parts, name),
    listKinds: (request) => listKinds(parts, request),
    deleteKind: (name) => deleteKind(parts, name),
    pauseKind: (name, reason) => pauseKind(parts, name, reason),
    resumeKind: (name) => resumeKind(parts, name),
    scheduleJob: (input) => scheduleJob(parts, input),
    scheduleJobs: (inputs) => scheduleJobs(parts, inputs),
    getJob: (slug) => getJob(parts, slug),
    listJobs: (input) => listJobs(parts, input),
    listJobSlugs: (filter) => listJobSlugs(parts, filter),
    deleteJob: (input) => deleteJob(parts, input),
    updateJob: (input) => updateJob(parts, input),
    pauseJob: (slug, reason) => pauseJob(parts, slug, reason),
    resumeJob: (slug) => resumeJob(parts, slug),
    clearJobs: (input, signal) => clearJobs(parts, input, signal),
    runJob: (slug, requestId) => runJob(parts, slug, requestId),
    backfillJob: (input) => backfillJob(parts, input),
    requeueJobs: (input, signal) => requeueJobs(parts, input, signal),
    cancelRun: (slug, runId) => cancelRun(parts, slug, runId),
    previewTrigger: (input, signal) => previewTrigger(parts, input, signal),
    listRuns: (input) => listRuns(parts, input),
    watchRuns: (input, signal) => watchRuns(parts, tail, input, signal),
    listWorkers: (request) => listWorkers(parts, request),
    getStats: (kinds) => getStats(parts, kinds),
    serverInfo: () => serverInfo(parts),
    now: () => parts.dispatch.now(),
  };
}
