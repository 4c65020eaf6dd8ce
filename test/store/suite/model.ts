import assert from "node:assert/strict";
import { dueOf, type StoredJob, stateOf } from "../../../src/core/job.js";
import type { Run } from "../../../src/core/run.js";
import { type Settled, standingOf } from "../../../src/core/settle.js";
import { compareBytewise } from "../../../src/store/bytewise.js";
import type { Store } from "../../../src/store/store.js";
import type { TestClock } from "./clock.js";
import { countsOf } from "./counts.js";
import { listed, runsOf, slugs, type Task } from "./tasks.js";

/** Jobs of this kind have a limit, the others none. */
export const LIMITED = { kind: "few", limit: 2 };
export const KINDS = ["mail", LIMITED.kind];
/** What stores find apart from what waits. */
const ASIDE = ["running", "retrying", "paused", "dead", "completed"] as const;

export interface ModelLease {
  seq: number;
  live: boolean;
}

/** What a store must hold, kept without any index. */
export class Model {
  readonly jobs = new Map<string, StoredJob>();
  /** Every attempt that was ever handed out, as its holder got it. */
  readonly tasks: Task[] = [];
  readonly leases = new Map<string, ModelLease>();
  /** In the order they were recorded. */
  readonly runs: Run[] = [];
  /** The store settles outcomes on a job that a caller has changed by itself. */
  readonly completes: boolean;
  /** The highest fence that was handed out for each slug. */
  readonly #fences = new Map<string, number>();

  constructor(completes = false) {
    this.completes = completes;
  }

  /** The nth of what there is, or undefined where there is nothing. */
  task(n: number): Task | undefined {
    return this.tasks[n % Math.max(1, this.tasks.length)];
  }

  lease(n: number): string {
    return [...this.leases.keys()][n % Math.max(1, this.leases.size)] ?? "none";
  }

  isLive(lease: string): boolean {
    return this.leases.get(lease)?.live === true;
  }

  /** Of one kind, in the order in which they are claimed. */
  claimable(kind: string, now: Date): StoredJob[] {
    return [...this.jobs.values()]
      .filter((job) => job.kind === kind && job.due && job.due <= now)
      .sort(
        (one, other) =>
          one.priority - other.priority ||
          (one.due?.getTime() ?? 0) - (other.due?.getTime() ?? 0) ||
          compareBytewise(one.slug, other.slug),
      );
  }

  slotsHeld(kind: string): number {
    return [...this.jobs.values()].filter((job) => job.kind === kind && job.lock?.slot !== undefined).length;
  }

  write(job: StoredJob): void {
    this.jobs.set(job.slug, { ...job, rev: (this.jobs.get(job.slug)?.rev ?? job.rev) + 1 });
  }

  /** What a lock handed out. */
  handedOut(task: Task): void {
    assert.ok(task.fence > (this.#fences.get(task.slug) ?? 0), `${task.slug}: the fence did not grow`);
    assert.ok(!this.tasks.some(({ lock }) => lock.token === task.lock.token), "a token was used twice");
    this.#fences.set(task.slug, task.fence);
    this.tasks.push(task);
    this.jobs.set(task.slug, task);
  }

  end(job: StoredJob, settled: Settled, run: Run | undefined): void {
    if (settled.type === "delete") this.jobs.delete(job.slug);
    else this.write(endedAs(job, settled));
    if (run) this.runs.push(run);
  }
}

/** The job without its lock, in this standing. */
function endedAs(job: StoredJob, settled: Extract<Settled, { type: "put" }>): StoredJob {
  const { lock, ...rest } = job;
  const kept = Object.entries(rest).filter(([name]) => !Object.hasOwn(standingOf(job), name));
  const { standing, payload = job.payload } = settled;
  return { ...(Object.fromEntries(kept) as unknown as typeof rest), ...standing, payload };
}

/** The store under test, beside the model. */
export interface Real {
  store: Store;
  readonly clock: TestClock;
  readonly restart: (() => Promise<Store>) | undefined;
}

/** After every command the store holds exactly what the model does, and the port's invariants hold. */
export async function agree(model: Model, { store }: Real): Promise<void> {
  const jobs = await listed(store, {}, 3);
  const expected = [...model.jobs.values()].sort((one, other) => compareBytewise(one.slug, other.slug));
  assert.deepEqual(jobs.map(comparable), expected.map(comparable));
  for (const job of jobs) {
    assert.deepEqual(await store.get(job.slug), job);
    assert.deepEqual(job.due, job.lock ? undefined : dueOf(job), `${job.slug} is ${stateOf(job)}`);
  }
  for (const kind of KINDS) {
    const dues = jobs.flatMap((job) => (job.kind === kind && job.due ? [job.due.getTime()] : []));
    assert.equal((await store.nextRun([kind]))?.getTime(), dues.length > 0 ? Math.min(...dues) : undefined);
  }
  assert.deepEqual(
    await store.countJobs(KINDS),
    KINDS.map((kind) => countsOf(jobs, kind)),
  );
  assert.equal(await store.slotsHeld(LIMITED.kind), model.slotsHeld(LIMITED.kind));
  const aside = jobs.filter((job) => stateOf(job) !== "scheduled");
  assert.deepEqual(slugs(await listed(store, { states: ASIDE }, 2)), slugs(aside));
  const orphans = jobs.filter(({ lock }) => lock && !model.isLive(lock.lease));
  assert.deepEqual(slugs(await store.orphans(undefined, 100)), slugs(orphans));
  const runs = await runsOf(store);
  const tokens = ({ token, state, by }: Run) => ({ token, state, by });
  assert.deepEqual(runs.map(tokens), model.runs.toReversed().map(tokens));
}

function comparable({ updatedAt, ...job }: StoredJob): Omit<StoredJob, "updatedAt"> {
  return job;
}
