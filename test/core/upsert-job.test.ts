import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pauseJob } from "../../src/core/edits.js";
import { type StoredJob, stateOf } from "../../src/core/job.js";
import { settle } from "../../src/core/settle.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { type JobUpsert, upsertJob } from "../../src/core/upsert-job.js";
import {
  at,
  context,
  effect,
  everySecond,
  failure,
  locked,
  once,
  policy,
  RUN_ID,
  stored,
  success,
} from "./job-builder.js";

function request(changes: Partial<JobUpsert> = {}): JobUpsert {
  const payload = new Uint8Array([1]);
  const plain = { kind: "mail", payload, contentType: "", labels: {}, policy: {}, priority: 2, requestId: "" } as const;
  return { ...plain, trigger: everySecond, ...changes };
}

function upserted(job: StoredJob, changes: Partial<JobUpsert>, seconds = 0.5): StoredJob {
  const { answer, write } = upsertJob(job, request(changes), context(at(seconds)));
  assert.ok(answer.type === "updated" && answer.written && write?.type === "put");
  assert.deepEqual(write.job, answer.job);
  return answer.job;
}

function leaves(job: StoredJob, changes: Partial<JobUpsert>, seconds = 0.5): void {
  const edit = upsertJob(job, request(changes), context(at(seconds)));
  assert.deepEqual(edit, { answer: { type: "updated", job, written: false } });
}

describe("ConflictPolicy UPDATE", () => {
  it("takes what the request says of the job, and keeps how it stands", () => {
    const { settled } = settle(locked(stored(everySecond)), policy(), effect(failure, at(1)), RUN_ID);
    assert.ok(settled.type === "put");
    const { due, ...rest } = stored(everySecond, { labels: { a: "1" }, createId: "c", requestId: "c" });
    const retrying = { ...rest, ...settled.standing } as StoredJob;
    const job = upserted(
      retrying,
      { payload: new Uint8Array([2]), contentType: "a/b", policy: { timeoutMs: 5 }, priority: 0 },
      2,
    );
    const taken = {
      payload: new Uint8Array([2]),
      contentType: "a/b",
      labels: {},
      policy: { timeoutMs: 5 },
      priority: 0,
    };
    const { requestId, ...kept } = retrying;
    assert.deepEqual({ ...job, etag: "" }, { ...kept, ...taken, etag: "" });
    assert.notEqual(job.etag, retrying.etag);
  });

  it("writes nothing where the request changes nothing, whatever its name", () => {
    leaves(stored(everySecond), { requestId: "r" });
    leaves(stored(everySecond, { policy: { retry: { maxAttempts: 2 } } }), { policy: { retry: { maxAttempts: 2 } } });
    leaves(stored(everySecond), { policy: { retry: {} } });
  });

  const CRON = { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" } as const;
  const EQUAL: readonly (readonly [what: string, stored: TriggerInput, given: TriggerInput])[] = [
    ["a cron", CRON, { dialect: "unix", timeZone: "UTC", expression: "* * * * *", type: "cron" }],
    [
      "an interval whose anchor was filled in",
      { type: "interval", everyMs: 7_000 },
      { type: "interval", everyMs: 7_000 },
    ],
    ["an interval whose anchor was given, and is not now", everySecond, { type: "interval", everyMs: 1_000 }],
    ["an interval with its anchor", everySecond, everySecond],
    ["a fixed delay", { type: "fixed_delay", everyMs: 5_000 }, { type: "fixed_delay", everyMs: 5_000 }],
    ["what runs once, at once", once, { type: "once" }],
    ["what runs once, at its time", { type: "once", time: at(9) }, { type: "once", time: at(9) }],
    ["one with bounds", { ...CRON, endTime: at(900), jitterMs: 5 }, { ...CRON, jitterMs: 5, endTime: at(900) }],
  ];
  for (const [what, before, given] of EQUAL) {
    it(`an equal trigger keeps the due time: ${what}`, () => {
      const job = stored(before);
      leaves(job, { trigger: given }, 3);
      const changed = upserted(job, { trigger: given, labels: { a: "1" } }, 3);
      assert.deepEqual([changed.due, changed.trigger, changed.triggerFrom], [job.due, job.trigger, job.triggerFrom]);
    });
  }

  const OTHER: readonly (readonly [what: string, stored: TriggerInput, given: TriggerInput])[] = [
    ["an expression", CRON, { ...CRON, expression: "*/2 * * * *" }],
    ["a time zone", CRON, { ...CRON, timeZone: "Europe/Berlin" }],
    ["a span", everySecond, { type: "interval", everyMs: 2_000 }],
    ["an anchor", everySecond, { type: "interval", everyMs: 1_000, anchor: at(0.1) }],
    ["a basis", everySecond, { type: "fixed_delay", everyMs: 1_000 }],
    ["a time", once, { type: "once", time: at(9) }],
    ["a bound", CRON, { ...CRON, endTime: at(900) }],
    ["no bound", { ...CRON, maxOccurrences: 5 }, CRON],
    ["another type", CRON, once],
  ];
  for (const [what, before, given] of OTHER) {
    it(`another trigger: the next occurrence is computed from now: ${what}`, () => {
      const job = upserted(stored(before), { trigger: given }, 3);
      assert.deepEqual([job.triggerFrom, job.triggerCount], [at(3), 1]);
      assert.ok(job.due && job.due >= at(3));
    });
  }

  it("leaves a task that is out alone, and its settling goes by the new definition", () => {
    const out = locked(stored(everySecond));
    const trigger: TriggerInput = { type: "interval", everyMs: 10_000, anchor: at(0) };
    const job = upserted(out, { trigger, payload: new Uint8Array([2]) }, 1.5);
    assert.deepEqual([job.lock, job.occurrence, job.at, job.due], [out.lock, out.occurrence, out.at, undefined]);
    const { settled } = settle(
      job,
      policy(),
      effect({ ...success, payload: new Uint8Array([3]) } as never, at(2)),
      RUN_ID,
    );
    assert.ok(settled.type === "put");
    assert.deepEqual([settled.standing.due, settled.payload], [at(10), undefined]);
  });

  it("a DEAD job stays so, and a paused one too", () => {
    const { due, at: _, ...rest } = stored(everySecond);
    const job = upserted({ ...rest, dead: "exhausted" }, { trigger: { type: "interval", everyMs: 5_000 } });
    assert.deepEqual([stateOf(job), job.due], ["dead", undefined]);
    const { write } = pauseJob(stored(everySecond), "why", context(at(0)));
    assert.ok(write?.type === "put");
    const paused = upserted(write.job, { labels: { a: "1" } });
    assert.deepEqual([stateOf(paused), paused.pause?.reason], ["paused", "why"]);
  });

  it("another kind is refused with the stored one", () => {
    const { answer, write } = upsertJob(stored(everySecond), request({ kind: "post" }), context(at(0)));
    assert.deepEqual([answer, write], [{ type: "kind", kind: "mail" }, undefined]);
  });

  it("names its call on what it wrote, and on its runs; one without a name is no call's", () => {
    const job = upserted(stored(everySecond, { createId: "c", requestId: "c" }), { requestId: "r", priority: 0 });
    assert.deepEqual([job.requestId, job.createId], ["r", "r"]);
    const unnamed = upserted(job, { priority: 1 });
    assert.deepEqual([unnamed.requestId, unnamed.createId], [undefined, "r"]);
  });
});
