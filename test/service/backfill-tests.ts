import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { occurrenceId, type StoredJob, stateOf } from "../../src/core/job.js";
import type { BackfillInput } from "../../src/service/backfill-job.js";
import {
  everyMinute,
  failure,
  input,
  permanent,
  type ServiceHarness,
  START,
  startService,
  success,
} from "./harness.js";
import type { TestedStore } from "./stores.js";

const never = new AbortController().signal;
const minute = (n: number): Date => new Date(START.getTime() + n * 60_000);
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => occurrenceId("a", minute(from + n)));

function span(from: number, to: number, changes: Partial<BackfillInput> = {}): BackfillInput {
  return { slug: "a", start: minute(from), end: minute(to), maxRuns: 100, traceContext: {}, ...changes };
}

/** The same on every store. */
export function backfillTests({ name, open }: TestedStore): void {
  describe(`BackfillJob (${name})`, () => {
    async function start(t: { after(done: () => Promise<void>): void }): Promise<ServiceHarness> {
      const harness = await startService(open);
      t.after(() => harness.store.close());
      await harness.service.scheduleJob(
        input("a", {
          trigger: everyMinute,
          payload: new Uint8Array([1]),
          contentType: "a/b",
          labels: { team: "x" },
          priority: 1,
          policy: { timeoutMs: 5, retry: { maxAttempts: 2 } },
        }),
      );
      return harness;
    }
    const stored = async ({ store }: ServiceHarness, slug: string): Promise<StoredJob> => {
      const job = await store.get(slug);
      assert.ok(job, slug);
      return job;
    };
    const backfills = async ({ store }: ServiceHarness): Promise<readonly StoredJob[]> =>
      (await store.list({ filter: { slugPrefix: "a@" }, limit: 1_000, payloads: true })).items;

    test("stores a job for each occurrence from start up to and without end, due now, named by it", async (t) => {
      const harness = await start(t);
      const before = await stored(harness, "a");
      harness.dispatch.wakes.length = 0;
      const traceContext = { traceparent: "t" };
      const answer = await harness.service.backfillJob(span(-3, 0, { traceContext }));
      assert.deepEqual(answer, { slugs: names(-3, 0), created: 3 });
      assert.deepEqual(harness.dispatch.wakes, [{ due: { kinds: new Set(["mail"]), at: START } }]);
      const [job, ...others] = await backfills(harness);
      assert.equal(others.length, 2);
      assert.ok(job);
      assert.deepEqual([job.occurrence, job.due, job.cause, job.backfillOf], [minute(-3), START, "backfill", "a"]);
      assert.deepEqual(job.trigger, { type: "once", time: minute(-3) });
      assert.deepEqual(job.policy, { ...before.policy, jobRetentionMs: 86_400_000 });
      const { kind, payload, contentType, labels, priority } = before;
      assert.deepEqual(
        [job.kind, job.payload, job.contentType, job.labels, job.priority, job.traceContext],
        [kind, payload, contentType, labels, priority, traceContext],
      );
      assert.deepEqual(await stored(harness, "a"), before, "the job itself goes on as before");
    });

    test("its runs say so, name the occurrence, and count as nobody's trigger's", async (t) => {
      const harness = await start(t);
      await harness.service.backfillJob(span(-2, 0));
      const out = await harness.hand();
      assert.deepEqual(
        out.map((job) => [job.slug, job.occurrence]),
        [
          [occurrenceId("a", minute(-2)), minute(-2)],
          [occurrenceId("a", minute(-1)), minute(-1)],
        ],
      );
      for (const job of out) await harness.end(job, success);
      const { items } = await harness.service.listRuns({ filter: {}, limit: 10, full: false });
      assert.ok(items.every((run) => run.cause === "backfill" && run.state === "succeeded"));
      const done = await stored(harness, occurrenceId("a", minute(-2)));
      assert.deepEqual([stateOf(done), done.counts.occurrences, done.counts.succeeded], ["completed", 0, 1]);
    });

    test("a repeat stores none again: of jobs that wait, run, are retried, DEAD or COMPLETED", async (t) => {
      const harness = await start(t);
      await harness.service.backfillJob(span(-6, 0));
      const [a, b, c, d] = await harness.hand("mail", 4);
      assert.ok(a && b && c && d);
      await harness.end(a, success);
      await harness.end(b, permanent);
      await harness.end(c, failure);
      const before = await backfills(harness);
      assert.deepEqual(before.map(stateOf), ["completed", "dead", "retrying", "running", "scheduled", "scheduled"]);
      assert.deepEqual(await harness.service.backfillJob(span(-6, 0)), { slugs: names(-6, 0), created: 0 });
      assert.deepEqual(await backfills(harness), before);
      const more = await harness.service.backfillJob(span(-8, 0));
      assert.deepEqual([more.created, more.slugs.length], [2, 8]);
    });

    test("a job that ran is kept for a day, and then a repeat stores it again", async (t) => {
      const harness = await start(t);
      await harness.service.backfillJob(span(-1, 0));
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      harness.pass(86_399_999);
      while (await harness.store.sweep());
      assert.equal((await harness.service.backfillJob(span(-1, 0))).created, 0);
      harness.pass(2);
      while (await harness.store.sweep());
      assert.equal((await harness.service.backfillJob(span(-1, 0))).created, 1);
    });

    test("more occurrences than max_runs: TOO_MANY_RUNS, and none is stored", async (t) => {
      const harness = await start(t);
      const facts = { slug: "a", max_runs: "3" };
      await assert.rejects(harness.service.backfillJob(span(-4, 0, { maxRuns: 3 })), {
        reason: "TOO_MANY_RUNS",
        facts,
      });
      assert.deepEqual(await backfills(harness), []);
      assert.equal((await harness.service.backfillJob(span(-3, 0, { maxRuns: 3 }))).created, 3);
      await harness.service.scheduleJob(input("fast", { trigger: { ...everyMinute, everyMs: 1 } }));
      const years = span(-20_000_000, 0, { slug: "fast" });
      await assert.rejects(
        harness.service.backfillJob(years),
        { reason: "TOO_MANY_RUNS" },
        "without counting them all",
      );
    });

    test("a span without occurrences stores nothing; what is still to come is refused, what is now is not", async (t) => {
      const harness = await start(t);
      const between = { start: new Date(START.getTime() - 59_999), end: new Date(START.getTime() - 1) };
      assert.deepEqual(await harness.service.backfillJob(span(0, 0, between)), { slugs: [], created: 0 });
      assert.equal((await harness.service.backfillJob(span(0, 1))).created, 1, "an end ahead of the clock");
      const early = harness.service.backfillJob(span(0, 2));
      await assert.rejects(early, { reason: "BAD_FIELD", facts: { field: "end_time" } });
      assert.equal((await backfills(harness)).length, 1);
    });

    test("works for whatever trigger has past times, within its bounds, and says where there are none", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      const cron = { type: "cron", expression: "*/2 * * * *", timeZone: "UTC", dialect: "unix" } as const;
      const bounds = { startTime: minute(-6), endTime: minute(60), maxOccurrences: 1, jitterMs: 1_000 };
      await service.scheduleJob(input("cron", { trigger: { ...cron, ...bounds } }));
      const { slugs } = await service.backfillJob(span(-10, 0, { slug: "cron" }));
      assert.deepEqual(
        slugs,
        [-6, -4, -2].map((n) => occurrenceId("cron", minute(n))),
      );
      await service.scheduleJob(input("once", { trigger: { type: "once", time: minute(-5) } }));
      assert.equal((await service.backfillJob(span(-10, 0, { slug: "once" }))).created, 1);
      await service.scheduleJob(input("delay", { trigger: { type: "fixed_delay", everyMs: 1_000 } }));
      await assert.rejects(service.backfillJob(span(-10, 0, { slug: "delay" })), {
        reason: "NO_PAST_TIMES",
        facts: { slug: "delay", state: "FIXED_DELAY" },
      });
      await assert.rejects(service.backfillJob(span(-1, 0, { slug: "nobody" })), { reason: "JOB_NOT_FOUND" });
    });

    test("a job that is paused, DEAD or COMPLETED is backfilled all the same", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      await service.pauseJob("a", "");
      assert.equal((await service.backfillJob(span(-1, 0))).created, 1);
      await service.scheduleJob(input("done", { policy: { jobRetentionMs: 60_000 } }));
      await service.scheduleJob(input("dead"));
      for (const job of await harness.hand()) await harness.end(job, job.slug === "dead" ? permanent : success);
      harness.pass(60_000);
      for (const slug of ["done", "dead"]) {
        assert.equal((await service.backfillJob(span(0, 1, { slug }))).created, 1, slug);
      }
    });

    test("a job of that name that somebody made himself is told: it does not do what was asked for", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input(occurrenceId("a", minute(-1))));
      await assert.rejects(harness.service.backfillJob(span(-2, 0)), {
        reason: "JOB_EXISTS",
        facts: { slug: occurrenceId("a", minute(-1)), state: "SCHEDULED" },
      });
    });

    test("as jobs of their own they are paused, run, moved, requeued and deleted; their occurrence stays", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      const { slugs } = await service.backfillJob(span(-1, 0));
      const [slug = ""] = slugs;
      await service.pauseJob(slug, "");
      assert.deepEqual(await harness.hand(), []);
      const asked = await service.runJob(slug, "r");
      assert.equal(asked.occurrenceId, occurrenceId(slug, minute(-1)));
      const [out] = await harness.hand();
      assert.deepEqual([out?.occurrence, out?.cause], [minute(-1), "run_job"]);
      assert.ok(out);
      await harness.end(out, permanent);
      await service.resumeJob(slug);
      await service.requeueJobs({ filter: { slugs: [slug] }, validateOnly: false }, never);
      const update = () => ({ next: { delayMs: 5_000 } });
      const { job } = await service.updateJob({ slug, etag: "", kind: "", inherits: false, update });
      assert.deepEqual(
        [job.occurrence, job.due, job.counts.occurrences],
        [minute(-1), new Date(START.getTime() + 5_000), 0],
      );
      await service.clearJobs({ filter: { slugPrefix: "a@" }, validateOnly: false }, never);
      assert.ok(await harness.store.get("a"));
    });

    test("ended in the middle, by whatever, it is called again: each occurrence has one job", async (t) => {
      const harness = await start(t);
      const payload = new Uint8Array(1_048_576);
      const update = () => ({ payload });
      await harness.service.updateJob({ slug: "a", etag: "", kind: "", inherits: false, update });
      const { store } = harness;
      const { create } = store;
      let steps = 0;
      store.create = async (items) => {
        if (++steps === 3) throw new Error("the power is gone");
        return create.call(store, items);
      };
      await assert.rejects(harness.service.backfillJob(span(-10, 0)), /power/);
      const first = await backfills(harness);
      assert.ok(first.length > 0 && first.length < 10, `${first.length}`);
      assert.deepEqual(await harness.service.backfillJob(span(-10, 0)), {
        slugs: names(-10, 0),
        created: 10 - first.length,
      });
      assert.equal((await backfills(harness)).length, 10);
      const uids = new Set(first.map((job) => job.uid));
      assert.equal((await backfills(harness)).filter((job) => uids.has(job.uid)).length, first.length);
    });

    test("two at once store each occurrence once", async (t) => {
      const harness = await start(t);
      const both = await Promise.all([span(-20, 0), span(-20, 0)].map((one) => harness.service.backfillJob(one)));
      assert.equal(
        both.reduce((sum, one) => sum + one.created, 0),
        20,
      );
      assert.equal((await backfills(harness)).length, 20);
    });
  });
}
