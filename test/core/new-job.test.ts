import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dueTime } from "../../src/core/due-time.js";
import type { StoredJob } from "../../src/core/job.js";
import { newJob } from "../../src/core/new-job.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { at, everySecond, stored } from "./job-builder.js";

/** Stored at 0 s, with a delay in ms. */
function made(trigger: TriggerInput, delayMs?: number): StoredJob {
  const { slug, uid, kind, priority, policy, payload, contentType, labels, traceContext } = stored({ type: "once" });
  const input = { slug, uid, kind, priority, policy, payload, contentType, labels, traceContext, trigger };
  return newJob({ ...input, ...(delayMs !== undefined && { delayMs }) }, at(0));
}

describe("a new job's first occurrence", () => {
  const jittered: TriggerInput = { type: "interval", everyMs: 60_000, jitterMs: 60_000 };
  const rows: readonly (readonly [
    name: string,
    trigger: TriggerInput,
    delayMs: number | undefined,
    seconds: number,
  ])[] = [
    ["of an interval", everySecond, undefined, 1],
    ["from its start on", { ...everySecond, startTime: at(7) }, undefined, 7],
    ["of a fixed delay", { type: "fixed_delay", everyMs: 5_000 }, undefined, 5],
    ["of a fixed delay that starts later", { type: "fixed_delay", everyMs: 5_000, startTime: at(2) }, undefined, 2],
    ["of what runs once", { type: "once" }, undefined, 0],
    ["of what runs once, in the past", { type: "once", time: at(-9) }, undefined, -9],
    ["of what runs once, from its start on", { type: "once", startTime: at(7) }, undefined, 7],
    ["by hand", everySecond, 1_500, 1.5],
    ["by hand, before its start", { ...everySecond, startTime: at(7) }, 1_500, 7],
    ["by hand, just before its end", { ...everySecond, endTime: at(7) }, 6_999, 6.999],
    ["by hand, of what runs once", { type: "once", time: at(90) }, 1_500, 1.5],
  ];
  for (const [name, trigger, delayMs, seconds] of rows) {
    it(name, () => {
      const job = made(trigger, delayMs);
      assert.deepEqual([job.occurrence, job.at, job.due, job.triggerCount], [at(seconds), at(seconds), at(seconds), 1]);
      assert.equal(job.byHand, delayMs === undefined || trigger.type === "once" ? undefined : true);
      if (job.trigger.type === "once") assert.deepEqual(job.trigger.time, job.occurrence);
    });
  }
  it("with jitter is due after its time; one by hand is not put off", () => {
    const job = made(jittered);
    assert.deepEqual([job.occurrence, job.at, job.due], [at(60), dueTime(job.trigger, job.uid, at(60)), job.at]);
    assert.notDeepEqual(job.at, job.occurrence);
    assert.deepEqual(made(jittered, 500).at, at(0.5));
  });
  for (const [name, trigger, delayMs] of [
    ["its trigger has ended", { ...everySecond, endTime: at(1) }, undefined],
    ["its trigger has ended, whatever the delay", { ...everySecond, endTime: at(1) }, 500],
    ["its delay ends with the trigger", { ...everySecond, endTime: at(7) }, 7_000],
    ["what runs once is to run after its end", { type: "once", endTime: at(7) }, 7_000],
    ["its only time is before its start", { type: "once", time: at(1), startTime: at(2) }, undefined],
  ] as const) {
    it(`is refused where ${name}`, () => assert.throws(() => made(trigger, delayMs), { reason: "NEVER_FIRES" }));
  }
});
