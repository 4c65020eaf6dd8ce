import { setTimeout as wait } from "node:timers/promises";
import type { CancelNotice, Edit } from "../../core/edit.js";
import { TickwireError } from "../../core/errors.js";
import type { StoredJob } from "../../core/job.js";
import type { StoredKind } from "../../core/kind.js";
import type { Log } from "../../core/log.js";
import type { Run } from "../../core/run.js";
import type { WorkerStatus } from "../../core/worker.js";
import { chunks } from "../chunks.js";
import { type Counted, estimated, needsSample, sampleKey } from "../estimate.js";
import { KeptSample } from "../kept-sample.js";
import type {
  AmendResult,
  AmendWrite,
  CreateResult,
  Held,
  KindCounts,
  Lease,
  ListJobsRequest,
  ListRunsRequest,
  LockRequest,
  NewJob,
  Page,
  ReleaseResult,
  ReleaseWrite,
  RunPlaces,
  RunPlacesRequest,
  Store,
  Wake,
} from "../store.js";
import { kindOf, kindText } from "../text/kind-text.js";
import { workerOf, workerText } from "../text/worker-text.js";
import { amendItem, createCall, createResults, editItem, releaseItem, writeResult } from "./calls.js";
import { LOOK_LIMIT } from "./engine/context.js";
import type {
  ReadAnswer,
  ReadArguments,
  ReadName,
  WriteAnswer,
  WriteArguments,
  WriteName,
} from "./engine/operations.js";
import type { Executor } from "./executor.js";
import { jobOf, jobsOf, lockedJobsOf, readJobsOf } from "./job-row.js";
import { runOf } from "./run-row.js";
import { WriteQueue } from "./write-queue.js";

export interface SqliteStoreOptions {
  readonly file: string;
  readonly clock: () => Date;
  readonly log: Log;
  readonly patienceMs: number;
  readonly onCommit: (writes: number) => void;
}

/** Jobs that an edit reads and writes at once. */
const EDIT_STEP = 200;

/** The documents' side of the file: turns them into texts and columns and back, and leaves SQL to the engine. */
export class SqliteStore implements Store {
  readonly engine = "sqlite";
  readonly #writes: WriteQueue;
  readonly #sample = new KeptSample(async () => {
    const { found, ...rest } = await this.#read("sampleJobs");
    return { ...rest, found: new Map(found.map(([kind, state, count]) => [sampleKey(kind, state), count])) };
  });
  #closing: Promise<void> | undefined;
  #hasServed = false;

  constructor(
    private readonly executor: Executor,
    private readonly options: SqliteStoreOptions,
  ) {
    this.#writes = new WriteQueue(executor, options);
  }

  async now(): Promise<Date> {
    return this.options.clock();
  }

  async create(items: readonly NewJob[]): Promise<CreateResult[]> {
    return createResults(items.length, await this.#write("create", items.length, createCall(items)));
  }

  async nextRun(kinds: readonly string[]): Promise<Date | undefined> {
    const due = await this.#read("nextRun", kinds);
    return due === undefined ? undefined : new Date(due);
  }

  async lock({ room, maxRunning, lease, now, limit }: LockRequest): Promise<StoredJob[]> {
    const call = { room, maxRunning, lease, nowMs: now.getTime(), limit };
    const locked = await this.#write("lock", limit, call);
    return locked.flatMap((rows) => lockedJobsOf(rows, lease, now));
  }

  async amend(writes: readonly AmendWrite[]): Promise<AmendResult[]> {
    const answers = await this.#write("amend", writes.length, writes.map(amendItem), this.#nowMs());
    return answers.map(writeResult);
  }

  async release(writes: readonly ReleaseWrite[]): Promise<ReleaseResult[]> {
    const answers = await this.#write("release", writes.length, writes.map(releaseItem), this.#nowMs());
    return answers.map(writeResult);
  }

  async adopt(held: readonly Held[], lease: string, stream: number): Promise<(StoredJob | undefined)[]> {
    const rows = await this.#write("adopt", held.length, held, lease, stream, this.#nowMs());
    return rows.map((row) => row && jobOf(row));
  }

  move(held: readonly Held[], from: string, to: string): Promise<string[]> {
    return this.#write("move", held.length, held, from, to, this.#nowMs());
  }

  async get(slug: string): Promise<StoredJob | undefined> {
    const row = await this.#read("get", slug);
    return row && jobOf(row);
  }

  /** In steps, so that claims and results of others come in between. */
  async list(request: ListJobsRequest): Promise<Page<StoredJob>> {
    const items: StoredJob[] = [];
    let { after } = request;
    for (let looked = 0; looked < LOOK_LIMIT; ) {
      const limit = request.limit - items.length;
      const step = await this.#read("list", { ...request, limit, ...(after !== undefined && { after }) });
      const jobs = jobsOf(step.rows);
      items.push(...(request.payloads ? jobs : jobs.map(withoutResult)));
      after = step.next;
      if (after === undefined) return { items };
      if (items.length >= request.limit) break;
      looked += step.looked;
    }
    return { items, ...(after !== undefined && { next: after }) };
  }

  async edit<A>(slugs: readonly string[], change: (job: StoredJob | undefined, slug: string) => Edit<A>): Promise<A[]> {
    const answers: A[] = [];
    for (const some of chunks(slugs, EDIT_STEP)) answers.push(...(await this.#edit(some, change)));
    return answers;
  }

  async countJobs(kinds: readonly string[]): Promise<KindCounts[]> {
    const counted: Counted[] = [];
    while (counted.length < kinds.length) {
      for (const { oldestDueMs, ...rest } of await this.#read("countJobs", kinds.slice(counted.length))) {
        counted.push({ ...rest, ...(oldestDueMs !== undefined && { oldestDue: new Date(oldestDueMs) }) });
      }
    }
    const sample = needsSample(counted) ? await this.#sample.read() : undefined;
    return counted.map((one) => estimated(one, sample));
  }

  kindsOfJobs(limit: number): Promise<string[]> {
    return this.#read("kindsOfJobs", limit);
  }

  slotsHeld(kind: string): Promise<number> {
    return this.#read("slotsHeld", kind);
  }

  cancels(lease: string): Promise<CancelNotice[]> {
    return this.#read("cancels", lease);
  }

  dropCancels(tokens: readonly string[]): Promise<void> {
    return this.#write("dropCancels", tokens.length, tokens);
  }

  async getKind(name: string): Promise<StoredKind | undefined> {
    const text = await this.#read("getKind", name);
    return text === undefined ? undefined : kindOf(text);
  }

  async listKinds(): Promise<StoredKind[]> {
    return (await this.#read("listKinds")).map(kindOf);
  }

  putKind(kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
    return this.#write("putKind", 1, kind.name, kind.etag, kindText(kind), expectedEtag);
  }

  deleteKind(name: string, expectedEtag: string): Promise<boolean> {
    return this.#write("deleteKind", 1, name, expectedEtag);
  }

  putWorkers(lease: string, put: readonly WorkerStatus[], removeInstances: readonly string[]): Promise<void> {
    const texts = put.map((worker) => [worker.instance, workerText(worker)] as const);
    return this.#write("putWorkers", put.length, lease, texts, removeInstances);
  }

  async listWorkers(after: string | undefined, limit: number): Promise<Page<WorkerStatus>> {
    const texts = await this.#read("listWorkers", after ?? "", limit + 1);
    const items = texts.slice(0, limit).map(workerOf);
    const last = items.at(-1);
    return texts.length > limit && last ? { items, next: last.instance } : { items };
  }

  /** Under a lock that the kernel frees when this process ends: whoever has the file sees that it is gone. */
  async openLease(server: {
    readonly serverId: string;
    readonly ttlMs: number;
    readonly version: string;
  }): Promise<string> {
    const lease = await this.#read("holdSide");
    try {
      await this.#write("openLease", 1, lease, server, this.#nowMs(), !this.#hasServed);
    } catch (error) {
      await this.#read("letGoSide", lease).catch(() => {});
      throw error;
    }
    this.#hasServed = true;
    return lease;
  }

  renewLease(lease: string): Promise<boolean> {
    return this.#write("renewLease", 1, lease, this.#nowMs());
  }

  async closeLease(lease: string): Promise<void> {
    await this.#write("closeLease", 1, lease, this.#nowMs());
    await this.#read("removeSide", lease);
  }

  async leases(): Promise<Lease[]> {
    const { leases, fenced } = await this.#read("leases");
    const { file, log } = this.options;
    for (const lease of fenced) log.warn({ lease, file }, "a server on this host is gone; its lease was taken over");
    return leases;
  }

  takeOver(lease: string, seq: number): Promise<boolean> {
    return this.#write("takeOver", 1, lease, seq);
  }

  async orphans(after: string | undefined, limit: number): Promise<StoredJob[]> {
    return jobsOf(await this.#read("orphans", after ?? "", limit));
  }

  async listRuns(request: ListRunsRequest): Promise<Page<Run>> {
    const { items, ...next } = await this.#read("listRuns", request);
    return { items: items.map(runOf), ...next };
  }

  async runPlaces(request: RunPlacesRequest): Promise<RunPlaces> {
    const { text, next, end, gap } = await this.#read("runPlaces", request);
    const found = JSON.parse(text) as [id: number, token: string][];
    const items = found.map(([id, token]) => ({ place: String(id), token }));
    return { items, next: String(next), end, settled: String(next), gap, unsettledMs: 0 };
  }

  async runsAt(places: readonly string[], results: boolean): Promise<Run[]> {
    return (await this.#read("runsAt", places.map(Number), results)).map(runOf);
  }

  identity(): Promise<string> {
    return this.#read("identity");
  }

  async sweep(): Promise<boolean> {
    const more = await this.#write("sweep", 1, this.#nowMs());
    if (!more) await this.#read("tidySides");
    return more;
  }

  /** Nobody tells a process what another one wrote into the file: the servers' own poll finds it. */
  async *watch(signal: AbortSignal): AsyncIterable<Wake> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  /** Commits what was asked for before, and folds the log into the file. */
  close(): Promise<void> {
    this.#closing ??= this.#writes.drained().then(() => this.executor.close());
    return this.#closing;
  }

  /** Reads, asks, and writes where the row is still the one that was read; where it is not, once more. */
  async #edit<A>(
    slugs: readonly string[],
    change: (job: StoredJob | undefined, slug: string) => Edit<A>,
  ): Promise<A[]> {
    const answers: A[] = new Array(slugs.length);
    let open = slugs.map((slug, at) => ({ slug, at }));
    while (open.length > 0) {
      const rows = await this.#read(
        "jobs",
        open.map(({ slug }) => slug),
      );
      const found = new Map(readJobsOf(rows).map((read) => [read.job.slug, read]));
      const asked = open.map(({ slug, at }) => {
        const read = found.get(slug);
        const edit = change(read?.job, slug);
        answers[at] = edit.answer;
        // A notice without a write was left with the write that it belongs to: one commit.
        return { slug, at, item: edit.write ? editItem(slug, read, edit, this.options.clock()) : undefined };
      });
      const items = asked.flatMap(({ item }) => item ?? []);
      const written = items.length > 0 ? await this.#write("edit", items.length, items) : [];
      let next = 0;
      open = asked.filter(({ item }) => item && !written[next++]);
    }
    return answers;
  }

  #nowMs(): number {
    return this.options.clock().getTime();
  }

  async #write<N extends WriteName>(name: N, weight: number, ...args: WriteArguments<N>): Promise<WriteAnswer<N>> {
    if (this.#closing !== undefined) throw this.#closed();
    return (await this.#writes.write(weight, { name, args })) as WriteAnswer<N>;
  }

  /** A read meets a busy file only while another process repairs its log after a crash: soon over. */
  async #read<N extends ReadName>(name: N, ...args: ReadArguments<N>): Promise<ReadAnswer<N>> {
    const until = performance.now() + this.options.patienceMs;
    for (;;) {
      if (this.#closing !== undefined) throw this.#closed();
      const reply = await this.executor.read({ name, args });
      if ("answer" in reply) return reply.answer as ReadAnswer<N>;
      if ("fault" in reply) throw new Error(`the store refused ${name}: ${reply.fault}`);
      if (reply.failure === "down" || performance.now() > until) {
        throw new TickwireError("STORE_DOWN", reply.message, { file: this.options.file });
      }
      await wait(2 + Math.random() * 8);
    }
  }

  #closed(): TickwireError {
    const { file } = this.options;
    return new TickwireError("STORE_DOWN", `the store ${file} is closed`, { file });
  }
}

/** A success without result left a mark instead of one. */
function withoutResult(job: StoredJob): StoredJob {
  if (!job.lastResult) return job;
  const { lastResult, ...rest } = job;
  return rest;
}
