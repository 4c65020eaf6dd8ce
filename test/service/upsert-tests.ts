import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { type StoredJob, stateOf } from "../../src/core/job.js";
import type { ScheduleInput } from "../../src/service/schedule-input.js";
import { everyMinute, input, permanent, type ServiceHarness, START, startService, success } from "./harness.js";
import type { TestedStore } from "./stores.js";

const bytes = (n: number): { payload: Uint8Array } => ({ payload: new Uint8Array([n]) });
const upsert = (slug: string, changes: Partial<ScheduleInput> = {}): ScheduleInput =>
  input(slug, { onConflict: "update", ...changes });

/** The same on every store. */
export function upsertTests({ name, open }: TestedStore): void {
  describe(`ConflictPolicy UPDATE (${name})`, () => {
    async function start(t: { after(done: () => Promise<void>): void }): Promise<ServiceHarness> {
      const harness = await startService(open);
      t.after(() => harness.store.close());
      return harness;
    }
    const stored = async ({ store }: ServiceHarness, slug = "a"): Promise<StoredJob> => {
      const job = await store.get(slug);
      assert.ok(job);
      return job;
    };

    test("a service that starts again: nothing is written, and its interval keeps its phase", async (t) => {
      const harness = await start(t);
      const call = upsert("a", {
        trigger: { type: "interval", everyMs: 60_000 },
        ...bytes(1),
        policy: { timeoutMs: 5 },
      });
      assert.equal((await harness.service.scheduleJob(call)).outcome, "created");
      const before = await stored(harness);
      harness.pass(50_000);
      harness.dispatch.wakes.length = 0;
      const again = await harness.service.scheduleJob({ ...call, requestId: "start-2" });
      assert.deepEqual([again.outcome, again.job?.etag], ["kept", before.etag]);
      assert.deepEqual(await stored(harness), before);
      assert.deepEqual(harness.dispatch.wakes, []);
    });

    test("a service that starts with another version: what changed is taken, the rest stands", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a", { trigger: everyMinute, ...bytes(1) }));
      harness.pass(60_000);
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      const before = await stored(harness);
      harness.pass(1_000);
      const change = { ...bytes(2), labels: { version: "2" }, contentType: "text/plain", priority: 0 } as const;
      const { outcome, job } = await harness.service.scheduleJob(upsert("a", { trigger: everyMinute, ...change }));
      assert.equal(outcome, "updated");
      const after = await stored(harness);
      const expected = { ...before, ...change, rev: before.rev + 1, etag: job?.etag, updatedAt: harness.now };
      assert.deepEqual(after, expected);
      assert.equal(after.counts.succeeded, 1);
    });

    test("another trigger: the next occurrence from now, of which dispatch hears", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a", { trigger: everyMinute }));
      harness.dispatch.wakes.length = 0;
      const trigger = { ...everyMinute, everyMs: 5_000 };
      const { job } = await harness.service.scheduleJob(upsert("a", { trigger }));
      const at = new Date(START.getTime() + 5_000);
      assert.deepEqual([job?.due, harness.dispatch.wakes], [at, [{ due: { kinds: new Set(["mail"]), at } }]]);
      const delayed = await harness.service.scheduleJob(upsert("a", { trigger: everyMinute, delayMs: 1 }));
      assert.deepEqual(delayed.job?.due, new Date(START.getTime() + 60_000), "a delay is for a job that is created");
    });

    test("without a trigger it takes the kind's as it is now", async (t) => {
      const harness = await start(t);
      const kind = { name: "mail", description: "", policy: {}, maxRunning: 0, trigger: everyMinute };
      await harness.service.registerKind({ kind, replace: false, etag: "" });
      await harness.service.scheduleJob(upsert("a"));
      assert.equal((await harness.service.scheduleJob(upsert("a"))).outcome, "kept");
      const other = { ...everyMinute, everyMs: 5_000 };
      await harness.service.registerKind({ kind: { ...kind, trigger: other }, replace: true, etag: "" });
      assert.equal((await harness.service.scheduleJob(upsert("a"))).outcome, "updated");
      assert.deepEqual((await stored(harness)).trigger, other);
    });

    test("a task that is out goes on, and its settling goes by what was taken", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a", { trigger: everyMinute }));
      harness.pass(60_000);
      const [out] = await harness.hand();
      assert.ok(out);
      const trigger = { ...everyMinute, everyMs: 5_000 };
      const { job } = await harness.service.scheduleJob(upsert("a", { trigger, ...bytes(2) }));
      assert.deepEqual([job?.lock, (await harness.store.cancels(out.lock?.lease ?? "")).length], [out.lock, 0]);
      harness.pass(2_000);
      await harness.end(out, { ...success, payload: new Uint8Array([9]) });
      const after = await stored(harness);
      assert.deepEqual([after.due, [...after.payload]], [new Date(START.getTime() + 65_000), [2]]);
    });

    test("DEAD stays so, with a warning; PAUSED stays so; COMPLETED counts as absent", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      await service.scheduleJobs([upsert("dead"), upsert("done", { policy: { jobRetentionMs: 60_000 } })]);
      for (const job of await harness.hand()) await harness.end(job, job.slug === "dead" ? permanent : success);
      await service.scheduleJob(upsert("paused", { trigger: everyMinute }));
      await service.pauseJob("paused", "why");
      const dead = await service.scheduleJob(upsert("dead", bytes(2)));
      assert.deepEqual([dead.outcome, dead.job && stateOf(dead.job)], ["updated", "dead"]);
      assert.ok(dead.warnings.some((warning) => warning.includes("DEAD")));
      const paused = await service.scheduleJob(upsert("paused", { trigger: everyMinute, ...bytes(2) }));
      assert.deepEqual([paused.outcome, paused.job?.pause?.reason], ["updated", "why"]);
      const done = await service.scheduleJob(upsert("done", bytes(2)));
      assert.deepEqual([done.outcome, done.job && stateOf(done.job)], ["created", "scheduled"]);
    });

    test("another kind is refused with the stored one, and nothing is written", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a"));
      const before = await stored(harness);
      await assert.rejects(harness.service.scheduleJob(upsert("a", { kind: "post" })), {
        reason: "KIND_DIFFERS",
        facts: { slug: "a", kind: "mail" },
      });
      assert.deepEqual(await stored(harness), before);
    });

    test("a repeat of a call that updated is REPEATED, and undoes nothing that came after it", async (t) => {
      const harness = await start(t);
      const { service } = harness;
      await service.scheduleJob(upsert("a", bytes(1)));
      const call = upsert("a", { ...bytes(2), requestId: "update-1" });
      assert.equal((await service.scheduleJob(call)).outcome, "updated");
      const update = () => bytes(3);
      await service.updateJob({ slug: "a", etag: "", kind: "", inherits: false, update });
      const again = await service.scheduleJob({ ...call, retry: true });
      assert.deepEqual([again.outcome, [...(again.job?.payload ?? [])]], ["repeated", [3]]);
    });

    test("a repeat of a call whose job it updated, and that ran and is gone, stores nothing", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a", { ...bytes(1), requestId: "create-1" }));
      const call = upsert("a", { ...bytes(2), requestId: "update-1" });
      await harness.service.scheduleJob(call);
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      const again = await harness.service.scheduleJob({ ...call, retry: true });
      assert.deepEqual([again.outcome, again.job], ["repeated", undefined]);
      assert.equal(await harness.store.get("a"), undefined);
    });

    test("two that update at once: neither change is half of the other's", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(upsert("a"));
      const calls = [1, 2].map((n) => upsert("a", { ...bytes(n), labels: { n: `${n}` } }));
      await Promise.all(calls.map((call) => harness.service.scheduleJob(call)));
      const job = await stored(harness);
      assert.equal(job.labels["n"], `${job.payload[0]}`);
    });

    test("in a batch, items of one slug take effect in their order", async (t) => {
      const harness = await start(t);
      const answers = await harness.service.scheduleJobs([
        upsert("a", bytes(1)),
        upsert("a", bytes(1)),
        upsert("a", bytes(2)),
        input("a", { onConflict: "keep" }),
        upsert("b", bytes(1)),
        input("a", { onConflict: "replace", ...bytes(3) }),
        upsert("a", bytes(4)),
        upsert("a", { kind: "post" }),
        input("a"),
      ]);
      assert.deepEqual(
        answers.map((answer) => (answer instanceof TickwireError ? answer.reason : answer.outcome)),
        ["created", "kept", "updated", "kept", "created", "replaced", "updated", "KIND_DIFFERS", "JOB_EXISTS"],
      );
      assert.deepEqual([...(await stored(harness)).payload], [4]);
    });
  });
}
