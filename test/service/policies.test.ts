import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stateOf } from "../../src/core/job.js";
import { DEFAULT_POLICY, type PolicyInput } from "../../src/core/policy.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { everyMinute, failure, input, START, startService, success } from "./harness.js";
import { STORES } from "./stores.js";

const DAY_MS = 86_400_000;
const late = (ms: number): Date => new Date(START.getTime() + ms);

for (const { name, open } of STORES) {
  describe(`policies and triggers (${name})`, () => {
    const start = async (t: { after(end: () => Promise<void>): void }) => {
      const harness = await startService(open);
      t.after(() => harness.store.close());
      const register = async (policy: PolicyInput, trigger?: TriggerInput) => {
        const kind = { name: "mail", description: "", policy, maxRunning: 0, ...(trigger && { trigger }) };
        await harness.service.registerKind({ kind, replace: true, etag: "" });
      };
      return { ...harness, harness, register };
    };

    test("a job's policy is over its kind's, field by field, and so are the parts of retry; what neither says is the server's", async (t) => {
      const { service, register } = await start(t);
      await register({ timeoutMs: 1, misfire: "skip", retry: { maxAttempts: 2, multiplier: 3 } });
      await service.scheduleJob(input("a", { policy: { misfire: "replay", retry: { maxAttempts: 7 } } }));
      const { effectivePolicy } = await service.getJob("a");
      assert.deepEqual(effectivePolicy, {
        ...DEFAULT_POLICY,
        timeoutMs: 1,
        misfire: "replay",
        retry: { ...DEFAULT_POLICY.retry, maxAttempts: 7, multiplier: 3 },
      });
    });

    test("what a job leaves to its kind follows the kind; its trigger was copied, and stays", async (t) => {
      const { harness, service, register } = await start(t);
      await register({ retry: { maxAttempts: 1 } }, everyMinute);
      await service.scheduleJob(input("a", { policy: { misfireGraceMs: 5 } }));
      await register({ retry: { maxAttempts: 2 }, misfireGraceMs: 9, maxReplays: 4 });
      const { job, effectivePolicy } = await service.getJob("a");
      assert.deepEqual([job.trigger, job.policy], [everyMinute, { misfireGraceMs: 5 }]);
      assert.deepEqual(
        [effectivePolicy?.retry.maxAttempts, effectivePolicy?.misfireGraceMs, effectivePolicy?.maxReplays],
        [2, 5, 4],
      );
      // The run that fails now has an attempt left, as the kind has it now.
      harness.pass(60_000);
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, failure);
      assert.equal(stateOf((await service.getJob("a")).job), "retrying");
    });

    test("once is a trigger of its own over the kind's: the job runs once", async (t) => {
      const { harness, service, store, register } = await start(t);
      await register({}, { ...everyMinute, maxOccurrences: 5 });
      await service.scheduleJob(input("a", { trigger: { type: "once" } }));
      await service.scheduleJob(input("b"));
      assert.deepEqual((await store.get("a"))?.trigger, { type: "once", time: START });
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      assert.equal(await store.get("a"), undefined);
      assert.deepEqual((await store.get("b"))?.trigger, { ...everyMinute, maxOccurrences: 5 });
    });

    test("a kind's trigger that has ended refuses the jobs that leave it to the kind", async (t) => {
      const { harness, service, store, register } = await start(t);
      await register({}, { ...everyMinute, endTime: late(90_000) });
      assert.equal((await service.scheduleJob(input("a"))).outcome, "created");
      harness.pass(90_000);
      for (const changes of [{}, { delayMs: 1 }]) {
        const refused = service.scheduleJob(input("b", changes));
        await assert.rejects(refused, { reason: "NEVER_FIRES", message: /^job\.trigger: .* no occurrence after now/ });
      }
      assert.equal(await store.get("b"), undefined);
    });

    test("a completed job shows when it goes, counts as absent for ScheduleJob, and goes then", async (t) => {
      const { harness, service, store } = await start(t);
      const policy = { jobRetentionMs: DAY_MS };
      const first = await service.scheduleJob(input("a", { policy }));
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      const { job } = await service.getJob("a");
      assert.deepEqual([stateOf(job), job.expireAt, job.at], ["completed", late(DAY_MS), undefined]);
      await assert.rejects(service.runJob("a", ""), { reason: "JOB_COMPLETED" });
      const second = await service.scheduleJob(input("a", { policy }));
      assert.equal(second.outcome, "created");
      assert.notEqual(second.job?.uid, first.job?.uid);
      for (const again of await harness.hand()) await harness.end(again, success);
      harness.pass(DAY_MS);
      while (await store.sweep());
      assert.equal(await store.get("a"), undefined);
    });

    test("each job's runs stay for the job's own time", async (t) => {
      const { harness, service, store, register } = await start(t);
      await register({ runRetentionMs: 2 * DAY_MS });
      for (const [slug, policy] of [
        ["none", { runRetentionMs: 0 }],
        ["day", { runRetentionMs: DAY_MS }],
        ["kind", {}],
      ] as const) {
        await service.scheduleJob(input(slug, { policy }));
      }
      for (const out of await harness.hand()) await harness.end(out, success);
      const shown = async () => {
        const { items } = await service.listRuns({ filter: {}, full: false, limit: 10 });
        return items.map(({ slug }) => slug).sort();
      };
      assert.deepEqual(await shown(), ["day", "kind"]);
      harness.pass(DAY_MS);
      while (await store.sweep());
      assert.deepEqual(await shown(), ["kind"]);
      harness.pass(DAY_MS);
      while (await store.sweep());
      assert.deepEqual(await shown(), []);
    });
  });
}
