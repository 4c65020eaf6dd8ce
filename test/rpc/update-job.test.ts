import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { StoredJob } from "../../src/core/job.js";
import type { PolicyInput } from "../../src/core/policy.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { UpdateJobResponse } from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { UPDATE_PATHS } from "../../src/rpc/update-paths.js";
import { runIdOf } from "../../src/store/store.js";
import { input } from "../service/harness.js";
import { errorOf, type Harness, startHarness } from "./harness.js";
import { encode, inputFields, methods } from "./input-fields.js";

const method = methods().find(({ name }) => name === "UpdateJob");
assert.ok(method);

const NOW = new Date("2025-01-01T00:00:00Z");
const ANCHOR = new Date("2025-01-01T00:00:07Z");
const CRON = { type: "cron", expression: "0 5 * * *", timeZone: "Europe/Berlin", dialect: "unix" } as const;
const INTERVAL = { type: "interval", everyMs: 60_000, anchor: ANCHOR } as const;
const POLICY: PolicyInput = { retry: { maxAttempts: 3, multiplier: 4 }, timeoutMs: 9_000, misfire: "skip" };

async function start(t: { after(done: () => Promise<void>): void }): Promise<Harness> {
  const harness = await startHarness();
  t.after(() => harness.close());
  return harness;
}

/** Stores a job, updates it, and reads what is stored then. `mask` is as JSON has it. */
async function updated(
  harness: Harness,
  stored: { readonly trigger?: TriggerInput; readonly policy?: PolicyInput },
  mask: string,
  job: JsonObject,
): Promise<StoredJob> {
  await harness.service.scheduleJob(input("a", { ...stored, onConflict: "replace", labels: { a: "1" } }));
  await send(harness, { job: { slug: "a", ...job }, updateMask: mask });
  const after = await harness.store.get("a");
  assert.ok(after);
  return after;
}

async function send(harness: Harness, request: JsonObject): Promise<UpdateJobResponse> {
  return UpdateJobResponse.decode(await harness.raw("updateJob", encode(method as never, request, [], undefined)));
}

test("an update can name every input field of a job but its slug and kind, and each of their parts", () => {
  const named = inputFields((method as NonNullable<typeof method>).input).flatMap(({ way }) =>
    way[0]?.name === "job"
      ? way.slice(1).map((_, n) =>
          way
            .slice(1, n + 2)
            .map(({ name }) => name)
            .join("."),
        )
      : [],
  );
  const paths = new Set(named.filter((path) => !["slug", "kind", "etag"].includes(path)));
  assert.deepEqual([...UPDATE_PATHS].sort(), [...paths].sort());
});

describe("UpdateJob, by its mask", () => {
  const TRIGGERS: readonly (readonly [
    what: string,
    stored: TriggerInput,
    mask: string,
    given: JsonObject,
    TriggerInput,
  ])[] = [
    [
      "a whole one",
      CRON,
      "trigger",
      { interval: { every: "5s", anchorTime: ANCHOR.toISOString() } },
      { ...INTERVAL, everyMs: 5_000 },
    ],
    [
      "an expression",
      CRON,
      "trigger.cron.expression",
      { cron: { expression: "1 5 * * *", timeZone: "UTC" } },
      { ...CRON, expression: "1 5 * * *" },
    ],
    ["a zone that is unset", CRON, "trigger.cron.timeZone", {}, { ...CRON, timeZone: "UTC" }],
    [
      "a span, and the phase stays",
      INTERVAL,
      "trigger.interval.every",
      { interval: { every: "5s" } },
      { ...INTERVAL, everyMs: 5_000 },
    ],
    ["an anchor that is unset", INTERVAL, "trigger.interval.anchorTime", {}, { ...INTERVAL, anchor: NOW }],
    [
      "a basis, whose anchor goes",
      INTERVAL,
      "trigger.interval.basis",
      { interval: { basis: "INTERVAL_BASIS_FIXED_DELAY" } },
      { type: "fixed_delay", everyMs: 60_000 },
    ],
    [
      "a bound",
      INTERVAL,
      "trigger.endTime,trigger.maxOccurrences",
      { endTime: "2030-01-01T00:00:00Z", maxOccurrences: "4" },
      { ...INTERVAL, endTime: new Date("2030-01-01T00:00:00Z"), maxOccurrences: 4 },
    ],
    ["no bound", { ...CRON, jitterMs: 5 }, "trigger.jitter", {}, CRON],
    [
      "parts of another schedule",
      INTERVAL,
      "trigger.cron.expression,trigger.cron.timeZone",
      { cron: { expression: "0 5 * * *", timeZone: "Europe/Berlin" } },
      CRON,
    ],
    [
      "another schedule, whole, under the same bounds",
      { ...INTERVAL, jitterMs: 5 },
      "trigger.cron",
      { cron: { expression: "0 5 * * *", timeZone: "Europe/Berlin" } },
      { ...CRON, jitterMs: 5 },
    ],
  ];
  for (const [what, stored, mask, given, expected] of TRIGGERS) {
    test(`trigger: ${what}`, async (t) => {
      const job = await updated(await start(t), { trigger: stored, policy: POLICY }, mask, { trigger: given });
      assert.deepEqual(job.trigger, expected);
      assert.deepEqual([job.policy, job.labels], [POLICY, { a: "1" }], "the rest stays");
    });
  }

  test("trigger: one that is unset is the kind's as it is now; where that has none, the job runs once", async (t) => {
    const harness = await start(t);
    assert.deepEqual((await updated(harness, { trigger: CRON }, "trigger", {})).trigger, { type: "once", time: NOW });
    const kind = { name: "mail", description: "", trigger: INTERVAL, policy: {}, maxRunning: 0 };
    await harness.store.putKind({ ...kind, etag: "e", createdAt: NOW, updatedAt: NOW }, undefined);
    assert.deepEqual((await updated(harness, { trigger: CRON }, "trigger", {})).trigger, INTERVAL);
  });

  const POLICIES: readonly (readonly [what: string, mask: string, given: JsonObject | undefined, PolicyInput])[] = [
    ["a whole one", "policy", { timeout: "1s" }, { timeoutMs: 1_000 }],
    ["one that is unset: all is inherited", "policy", undefined, {}],
    ["a part", "policy.timeout", { timeout: "1s", misfire: "MISFIRE_POLICY_REPLAY" }, { ...POLICY, timeoutMs: 1_000 }],
    [
      "a part of a part",
      "policy.retry.maxAttempts",
      { retry: { maxAttempts: 7, multiplier: 9 } },
      { ...POLICY, retry: { maxAttempts: 7, multiplier: 4 } },
    ],
    ["a part of a part that is unset", "policy.retry.maxAttempts", undefined, { ...POLICY, retry: { multiplier: 4 } }],
    ["an enum that is unset", "policy.misfire", {}, { retry: { maxAttempts: 3, multiplier: 4 }, timeoutMs: 9_000 }],
    ["a part whole, unset", "policy.retry", {}, { timeoutMs: 9_000, misfire: "skip" }],
    [
      "a part that was not set before",
      "policy.retry.maxBackoff,policy.jobRetention",
      { retry: { maxBackoff: "5s" }, jobRetention: "60s" },
      { ...POLICY, retry: { maxAttempts: 3, multiplier: 4, maxBackoffMs: 5_000 }, jobRetentionMs: 60_000 },
    ],
  ];
  for (const [what, mask, given, expected] of POLICIES) {
    test(`policy: ${what}`, async (t) => {
      const job = await updated(
        await start(t),
        { trigger: CRON, policy: POLICY },
        mask,
        given ? { policy: given } : {},
      );
      assert.deepEqual(job.policy, expected);
      assert.deepEqual(job.trigger, CRON);
    });
  }

  test("an inherited part follows the kind's later changes", async (t) => {
    const harness = await start(t);
    const times = { createdAt: NOW, updatedAt: NOW };
    const kind = { name: "mail", description: "", policy: { timeoutMs: 1 }, maxRunning: 0, etag: "e", ...times };
    await harness.store.putKind(kind, undefined);
    await harness.dispatch.kinds.refresh();
    await updated(harness, { policy: POLICY }, "policy.timeout", {});
    assert.equal((await harness.service.getJob("a")).effectivePolicy?.timeoutMs, 1);
    await harness.store.putKind({ ...kind, policy: { timeoutMs: 2 }, etag: "f" }, "e");
    await harness.dispatch.kinds.refresh();
    assert.equal((await harness.service.getJob("a")).effectivePolicy?.timeoutMs, 2);
  });

  test("what is not named is not looked at; unset and named is back at what it was first", async (t) => {
    const harness = await start(t);
    const wrong = { contentType: "?", labels: { "?": "" }, priority: 99, policy: { timeout: "-1s" } };
    const kept = await updated(harness, { policy: POLICY }, "payload", {
      ...wrong,
      payload: "AQID",
      labels: {},
      priority: 0,
    });
    assert.deepEqual([...kept.payload], [1, 2, 3]);
    assert.deepEqual([kept.labels, kept.policy], [{ a: "1" }, POLICY]);
    const reset = await updated(harness, { policy: POLICY }, "payload,labels,priority,contentType", {});
    assert.deepEqual([reset.payload.length, reset.labels, reset.priority, reset.contentType], [0, {}, 2, ""]);
  });

  test("payload_text stands for the payload", async (t) => {
    const harness = await start(t);
    await harness.service.scheduleJob(input("a"));
    await send(harness, { job: { slug: "a" }, updateMask: "payload", payloadText: "héllo" });
    assert.equal(Buffer.from((await harness.store.get("a"))?.payload ?? []).toString(), "héllo");
  });
});

describe("UpdateJob, refused", () => {
  test("an unknown slug is NOT_FOUND; another etag is ABORTED, with the stored one; another kind FAILED_PRECONDITION", async (t) => {
    const harness = await start(t);
    const missing = await errorOf(send(harness, { job: { slug: "a" }, updateMask: "labels" }));
    assert.deepEqual([missing.code, missing.reason], [status.NOT_FOUND, "JOB_NOT_FOUND"]);
    const { job } = await harness.service.scheduleJob(input("a"));
    const etag = await errorOf(
      send(harness, { job: { slug: "a", etag: "x", labels: { b: "" } }, updateMask: "labels" }),
    );
    assert.deepEqual([etag.code, etag.reason, etag.facts["etag"]], [status.ABORTED, "ETAG_MISMATCH", job?.etag]);
    const kind = await errorOf(send(harness, { job: { slug: "a", kind: "post" }, updateMask: "labels" }));
    assert.deepEqual(
      [kind.code, kind.reason, kind.facts["kind"]],
      [status.FAILED_PRECONDITION, "KIND_DIFFERS", "mail"],
    );
    const right = await send(harness, {
      job: { slug: "a", kind: "mail", etag: job?.etag ?? "" },
      updateMask: "labels",
    });
    assert.equal(right.job?.slug, "a");
  });

  test("a part that the stored trigger has no place for names what is missing", async (t) => {
    const harness = await start(t);
    await harness.service.scheduleJob(input("a", { trigger: INTERVAL }));
    const zone = { job: { slug: "a", trigger: { cron: { timeZone: "UTC" } } }, updateMask: "trigger.cron.timeZone" };
    const error = await errorOf(send(harness, zone));
    assert.deepEqual([error.code, error.fields], [status.INVALID_ARGUMENT, ["job.trigger.cron.expression"]]);
    const trigger = { cron: { expression: "* * * * *" } };
    const both = { job: { slug: "a", trigger }, updateMask: "trigger.cron,trigger.interval.every" };
    assert.deepEqual((await errorOf(send(harness, both))).fields, ["job.trigger"]);
    const ends = { job: { slug: "a", trigger: { endTime: "2024-12-31T00:00:00Z" } }, updateMask: "trigger.endTime" };
    const ended = await errorOf(send(harness, ends));
    assert.deepEqual([ended.reason, ended.fields], ["NEVER_FIRES", ["job.trigger.end_time"]]);
  });

  test("a move while RUNNING, DEAD or beyond the trigger's end says what it found", async (t) => {
    const harness = await start(t);
    await harness.service.scheduleJob(input("a", { trigger: { ...CRON, endTime: new Date("2026-01-01T00:00:00Z") } }));
    const late = await errorOf(send(harness, { job: { slug: "a" }, nextTime: "2027-01-01T00:00:00Z" }));
    assert.deepEqual([late.code, late.reason, late.fields], [status.INVALID_ARGUMENT, "NEVER_FIRES", ["next_time"]]);
    await harness.service.scheduleJob(input("b"));
    const lease = await harness.store.openLease({ serverId: "s", ttlMs: 30_000, version: "1" });
    const room = new Map([["mail", 1]]);
    const [out] = await harness.store.lock({ room, maxRunning: new Map(), lease, now: harness.now, limit: 1 });
    const running = await errorOf(send(harness, { job: { slug: "b" }, delay: "5s" }));
    assert.deepEqual(
      [running.code, running.reason, running.facts],
      [
        status.FAILED_PRECONDITION,
        "JOB_RUNNING",
        { slug: "b", state: "RUNNING", run_id: runIdOf(out?.lock?.token ?? "") },
      ],
    );
  });
});

test("a move needs no mask, and tells dispatch", async (t) => {
  const harness = await start(t);
  await harness.service.scheduleJob(input("a", { trigger: CRON }));
  harness.dispatch.wakes.length = 0;
  const { job } = await send(harness, { job: { slug: "a" }, delay: "5s" });
  const at = new Date(NOW.getTime() + 5_000);
  assert.equal(job?.dueTime?.seconds, BigInt(at.getTime() / 1_000));
  assert.deepEqual(harness.dispatch.wakes, [{ due: { kinds: new Set(["mail"]), at } }]);
});
