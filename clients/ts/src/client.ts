import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { Calls } from "./calls.js";
import { type Clock, systemClock } from "./clock.js";
import type { ConnectionOptions } from "./connection.js";
import { TickwireError } from "./errors.js";
import type { Job as WireJob } from "./gen/tickwire/v1/job.js";
import type { Kind as WireKind } from "./gen/tickwire/v1/kind.js";
import type { Job } from "./job.js";
import { callJson, type JsonOptions, streamJson } from "./json.js";
import type { Kind } from "./kind.js";
import { items } from "./pages.js";
import type {
  Backfill,
  BackfillInput,
  BulkInput,
  BulkResult,
  JobFilter,
  JobQuery,
  ListInput,
  Page,
  PageInput,
  Preview,
  RegisterKindInput,
  RunQuery,
  RunRequested,
  RunWatch,
  Scheduled,
  ScheduleInput,
  ScheduleResult,
  UpdateInput,
  View,
  WatchInput,
} from "./requests.js";
import type { CallOptions, RetryOptions } from "./retry.js";
import type { Run } from "./run.js";
import type { ServerInfo, Stats, WorkerStatus } from "./server.js";
import type { Lookup } from "./servers.js";
import type { TriggerInput } from "./trigger.js";
import { watchRuns, watchRunsJson } from "./watch.js";
import { scheduleOutcomes } from "./wire/enums.js";
import { fromWireJob } from "./wire/job.js";
import { fromWireKind, toWireKind } from "./wire/kind.js";
import { int32 } from "./wire/number.js";
import {
  toJobFilter,
  toRunFilter,
  toScheduleRequest,
  toScheduleRequests,
  toUpdateRequest,
  toView,
} from "./wire/requests.js";
import { fromWireRun } from "./wire/run.js";
import { fromWireServerInfo, fromWireStats, fromWireWorker } from "./wire/server.js";
import { fromStatus } from "./wire/status.js";
import { optionalTimestamp, toDate, toTimestamp } from "./wire/time.js";
import { toWireTrigger } from "./wire/trigger.js";

export interface ClientOptions extends ConnectionOptions {
  /** For each call that names none; `Infinity`: none. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How UNAVAILABLE is tried again. */
  readonly retry?: RetryOptions | undefined;
}

/**
 * Calls Tickwire's servers, each in its turn; one that can't be reached is left out. Every method rejects with {@link TickwireError} and
 * nothing else. A call that found a server UNAVAILABLE is tried again within its deadline, at once at the next server, where a repeat can't hurt: reads; `scheduleJob`, `scheduleJobs` and `runJob`, which carry a request id
 * drawn before the first try; `registerKind` without an etag; `backfillJob`; `deleteJob` with an etag; `cancelRun` with a run id;
 * `clearJobs` and `requeueJobs` with `validateOnly`. Others reject at once, unless `retry: true` is given.
 */
export class Client implements AsyncDisposable {
  readonly #calls: Calls;

  /** All but the options are for tests. */
  constructor(
    options: ClientOptions = {},
    clock: Clock = systemClock,
    random: () => number = Math.random,
    lookup?: Lookup,
  ) {
    const { timeoutMs = 30_000, retry = {} } = options;
    if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs must be more than 0, not ${String(timeoutMs)}`);
    this.#calls = new Calls(options, { clock, random, timeoutMs, retry }, lookup);
  }

  // Jobs

  /** Stores one job. It is durable when this resolves. */
  async scheduleJob(job: ScheduleInput, options?: CallOptions): Promise<Scheduled> {
    const { job: stored, outcome, warnings } = await this.#calls.unary("scheduleJob", toScheduleRequest(job), options);
    return { job: jobOf(stored), outcome: scheduleOutcomes.name(outcome) ?? "unknown", warnings };
  }

  /** Stores up to 1000 jobs of 4 MiB in all, each on its own, in order: some may fail while others are stored. */
  async scheduleJobs(jobs: readonly ScheduleInput[], options?: CallOptions): Promise<ScheduleResult[]> {
    const { results } = await this.#calls.unary("scheduleJobs", toScheduleRequests(jobs), options);
    return results.map(({ slug, error, outcome, dueTime }) => ({
      slug,
      error: error && fromStatus(error),
      outcome: scheduleOutcomes.name(outcome),
      dueTime: toDate(dueTime),
    }));
  }

  async getJob(slug: string, { view, ...options }: CallOptions & { readonly view?: View } = {}): Promise<Job> {
    const { job } = await this.#calls.unary("getJob", { slug, view: toView(view) }, options);
    return jobOf(job);
  }

  /** In the order of their slugs, bytewise. */
  listJobs(query: JobQuery & ListInput = {}, options?: CallOptions): AsyncGenerator<Job, void, undefined> {
    return items((pageToken) => this.listJobsPage({ ...query, pageToken }, options));
  }

  async listJobsPage(query: JobQuery & PageInput = {}, options?: CallOptions): Promise<Page<Job>> {
    const request = { filter: toJobFilter(query.filter), view: toView(query.view), ...pageOf(query) };
    const { jobs, nextPageToken } = await this.#calls.unary("listJobs", request, options);
    return { items: jobs.map(fromWireJob), nextPageToken };
  }

  /** Every slug, in order, streamed. */
  async *listJobSlugs(filter?: JobFilter, options?: CallOptions): AsyncGenerator<string, void, undefined> {
    const request = { filter: toJobFilter(filter) };
    let last = "";
    for await (const { slugs } of this.#calls.stream("listJobSlugs", () => request, options)) {
      for (const slug of slugs) {
        // After a reconnect the list begins anew; slugs are ASCII, so this order is the server's.
        if (slug <= last) continue;
        last = slug;
        yield slug;
      }
    }
  }

  /** Changes what the mask names, and moves the next occurrence. */
  async updateJob(slug: string, change: UpdateInput, options?: CallOptions): Promise<Job> {
    const { job } = await this.#calls.unary("updateJob", toUpdateRequest(slug, change), options);
    return jobOf(job);
  }

  /** Removes the job. Its task, if one is out, is cancelled. */
  async deleteJob(
    slug: string,
    {
      etag = "",
      allowMissing = false,
      ...options
    }: CallOptions & { readonly etag?: string; readonly allowMissing?: boolean } = {},
  ): Promise<void> {
    await this.#calls.unary("deleteJob", { slug, etag, allowMissing }, options);
  }

  /** Deletes what the filter matches, as `deleteJob` does. */
  async clearJobs(input: BulkInput, options?: CallOptions): Promise<BulkResult> {
    const { deletedCount, more } = await this.#calls.unary("clearJobs", bulkOf(input), options);
    return { count: Number(deletedCount), more };
  }

  /** Stops the job's next runs; a task that is out ends first. On a paused job: replaces the reason. */
  async pauseJob(
    slug: string,
    { reason = "", ...options }: CallOptions & { readonly reason?: string } = {},
  ): Promise<Job> {
    const { job } = await this.#calls.unary("pauseJob", { slug, reason }, options);
    return jobOf(job);
  }

  /** Lets a paused job go on; what came due meanwhile runs as its misfire policy says. */
  async resumeJob(slug: string, options?: CallOptions): Promise<Job> {
    const { job } = await this.#calls.unary("resumeJob", { slug }, options);
    return jobOf(job);
  }

  /** Runs the job now, beside its trigger. */
  async runJob(
    slug: string,
    { requestId = "", ...options }: CallOptions & { readonly requestId?: string } = {},
  ): Promise<RunRequested> {
    const { job, occurrenceId } = await this.#calls.unary("runJob", { slug, requestId }, options);
    return { job: jobOf(job), occurrenceId };
  }

  /** Makes dead jobs due now, with a new set of attempts. */
  async requeueJobs(input: BulkInput, options?: CallOptions): Promise<BulkResult> {
    const { requeuedCount, more } = await this.#calls.unary("requeueJobs", bulkOf(input), options);
    return { count: Number(requeuedCount), more };
  }

  /** Runs the occurrences of a span again, as jobs of their own that run once; one that is there already is left as it is. */
  async backfillJob(
    slug: string,
    { startTime, endTime, maxRuns }: BackfillInput,
    options?: CallOptions,
  ): Promise<Backfill> {
    const request = {
      slug,
      startTime: toTimestamp(startTime, "start_time"),
      endTime: toTimestamp(endTime, "end_time"),
      maxRuns: int32(maxRuns, "max_runs"),
    };
    const { slugs, createdCount } = await this.#calls.unary("backfillJob", request, options);
    return { slugs, createdCount };
  }

  /** Run times of a trigger; stores nothing. */
  async previewTrigger(
    trigger: TriggerInput,
    { afterTime, count, ...options }: CallOptions & { readonly afterTime?: Date; readonly count?: number } = {},
  ): Promise<Preview> {
    const request = {
      trigger: toWireTrigger(trigger, "trigger"),
      afterTime: optionalTimestamp(afterTime, "after_time"),
      count: int32(count, "count"),
    };
    const { times, description } = await this.#calls.unary("previewTrigger", request, options);
    return { times: times.map((time) => toDate(time) ?? new Date(0)), description };
  }

  // Runs

  /** Newest first, by when they were recorded. */
  listRuns(query: RunQuery & ListInput = {}, options?: CallOptions): AsyncGenerator<Run, void, undefined> {
    return items((pageToken) => this.listRunsPage({ ...query, pageToken }, options));
  }

  async listRunsPage(query: RunQuery & PageInput = {}, options?: CallOptions): Promise<Page<Run>> {
    const request = { filter: toRunFilter(query.filter), view: toView(query.view), ...pageOf(query) };
    const { runs, nextPageToken } = await this.#calls.unary("listRuns", request, options);
    return { items: runs.map(fromWireRun), nextPageToken };
  }

  /** Runs as they end, for ever; reconnects by itself and goes on where it was, unless `retry` is false. */
  watchRuns(input: WatchInput = {}, options: CallOptions = {}): RunWatch {
    return watchRuns(this.#calls, input, options);
  }

  /** Cancels the task in progress; answers when that is stored. Resolves to the run's id. */
  async cancelRun(
    slug: string,
    { runId = "", ...options }: CallOptions & { readonly runId?: string } = {},
  ): Promise<string> {
    return (await this.#calls.unary("cancelRun", { slug, runId }, options)).runId;
  }

  // Kinds

  /** Stores what holds for a kind. `created` is false where it was stored before, equal. */
  async registerKind(
    { replace = false, ...kind }: RegisterKindInput,
    options?: CallOptions,
  ): Promise<{ readonly kind: Kind; readonly created: boolean }> {
    const { kind: stored, created } = await this.#calls.unary(
      "registerKind",
      { kind: toWireKind(kind), replace },
      options,
    );
    return { kind: kindOf(stored), created };
  }

  async getKind(name: string, options?: CallOptions): Promise<Kind> {
    return kindOf((await this.#calls.unary("getKind", { name }, options)).kind);
  }

  /** In the order of their names. */
  listKinds(query: ListInput = {}, options?: CallOptions): AsyncGenerator<Kind, void, undefined> {
    return items((pageToken) => this.listKindsPage({ ...query, pageToken }, options));
  }

  async listKindsPage(query: PageInput = {}, options?: CallOptions): Promise<Page<Kind>> {
    const { kinds, nextPageToken } = await this.#calls.unary("listKinds", pageOf(query), options);
    return { items: kinds.map(fromWireKind), nextPageToken };
  }

  /** Refused as FAILED_PRECONDITION while jobs of the kind exist. */
  async deleteKind(name: string, options?: CallOptions): Promise<void> {
    await this.#calls.unary("deleteKind", { name }, options);
  }

  /** Stops handing out the kind's tasks, on every server. */
  async pauseKind(
    name: string,
    { reason = "", ...options }: CallOptions & { readonly reason?: string } = {},
  ): Promise<Kind> {
    return kindOf((await this.#calls.unary("pauseKind", { name, reason }, options)).kind);
  }

  async resumeKind(name: string, options?: CallOptions): Promise<Kind> {
    return kindOf((await this.#calls.unary("resumeKind", { name }, options)).kind);
  }

  // Servers and workers

  /** Of every server. */
  listWorkers(query: ListInput = {}, options?: CallOptions): AsyncGenerator<WorkerStatus, void, undefined> {
    return items((pageToken) => this.listWorkersPage({ ...query, pageToken }, options));
  }

  async listWorkersPage(query: PageInput = {}, options?: CallOptions): Promise<Page<WorkerStatus>> {
    const { workers, nextPageToken } = await this.#calls.unary("listWorkers", pageOf(query), options);
    return { items: workers.map(fromWireWorker), nextPageToken };
  }

  /**
   * How these kinds stand, at most 100; unset: every kind that is registered, has jobs or is served, up to 1000. And every server that
   * runs on the store.
   */
  async getStats(kinds: readonly string[] = [], options?: CallOptions): Promise<Stats> {
    return fromWireStats(await this.#calls.unary("getStats", { kinds: [...kinds] }, options));
  }

  /** Version, protocol revisions and every limit of the server. */
  async getServerInfo(options?: CallOptions): Promise<ServerInfo> {
    return fromWireServerInfo(await this.#calls.unary("getServerInfo", {}, options));
  }

  // proto3 JSON

  /** A unary call by its name in the contract (`ScheduleJob`), with proto3 JSON in and out. */
  json(method: string, request: JsonValue = {}, options: JsonOptions = {}): Promise<JsonValue> {
    return callJson(this.#calls, method, request, options);
  }

  /** A server-streaming call by its name in the contract (`WatchRuns`), with proto3 JSON in and out. */
  jsonStream(
    method: string,
    request: JsonValue = {},
    options: JsonOptions = {},
  ): AsyncGenerator<JsonValue, void, undefined> {
    return streamJson(this.#calls, method, () => request, options);
  }

  /** `watchRuns` with proto3 JSON: takes a WatchRunsRequest, gives Runs, and reconnects in the same way. */
  jsonWatch(request: JsonObject = {}, options: JsonOptions & Pick<WatchInput, "onGap"> = {}): RunWatch<JsonObject> {
    return watchRunsJson(this.#calls, request, options);
  }

  /** Closes the connections; calls in progress fail as CANCELLED. Closing twice is fine. */
  close(): void {
    this.#calls.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function pageOf({ pageSize, pageToken }: PageInput): { pageSize: number; pageToken: string } {
  return { pageSize: int32(pageSize, "page_size"), pageToken: pageToken ?? "" };
}

function bulkOf({ filter, all = false, validateOnly = false }: BulkInput) {
  return { filter: toJobFilter(filter), all, validateOnly };
}

function jobOf(job: WireJob | undefined): Job {
  if (!job) throw new TickwireError("INTERNAL", "INTERNAL", "the server's answer holds no job");
  return fromWireJob(job);
}

function kindOf(kind: WireKind | undefined): Kind {
  if (!kind) throw new TickwireError("INTERNAL", "INTERNAL", "the server's answer holds no kind");
  return fromWireKind(kind);
}
