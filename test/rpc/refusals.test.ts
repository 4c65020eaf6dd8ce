import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import { Status } from "../../src/rpc/gen/google/rpc/status.js";
import { Policy, Trigger } from "../../src/rpc/gen/tickwire/v1/job.js";
import {
  JobFilter,
  RunFilter,
  ScheduleJobRequest,
  ScheduleJobsResponse,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { errorOf, type Harness, startHarness, toldStatus } from "./harness.js";
import { encode, methods } from "./input-fields.js";

describe("refusals", () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  function send(call: string, request: JsonValue): Promise<unknown> {
    const method = methods().find(({ name }) => name === call);
    assert.ok(method);
    return harness.raw(method.localName as never, encode(method, request, [], undefined));
  }

  const job = (fields: JsonObject): JsonObject => ({ job: { slug: "a", kind: "mail", ...fields } });
  const cron = { cron: { expression: "* * * * *" } };
  const PAST = { slug: "a", startTime: "2024-01-01T00:00:00Z", endTime: "2024-01-02T00:00:00Z" };
  const BACKWARDS = { startTime: "2040-01-01T00:00:00Z", endTime: "2039-12-31T23:59:59Z" };

  const MISSING: readonly (readonly [call: string, request: JsonObject, field: string])[] = [
    ["ScheduleJob", {}, "job"],
    ["ScheduleJob", { job: { slug: "a" } }, "job.kind"],
    ["ScheduleJob", job({ trigger: {} }), "job.trigger"],
    ["ScheduleJob", job({ trigger: { interval: {} } }), "job.trigger.interval.every"],
    ["ScheduleJob", job({ trigger: { interval: { every: "0s" } } }), "job.trigger.interval.every"],
    ["ScheduleJob", job({ trigger: { interval: { every: "0.0005s" } } }), "job.trigger.interval.every"],
    ["ScheduleJob", job({ trigger: { cron: {} } }), "job.trigger.cron.expression"],
    ["ScheduleJob", job({ trigger: { ...cron, ...BACKWARDS } }), "job.trigger.end_time"],
    ["ScheduleJob", job({ trigger: { ...cron, jitter: "2678401s" } }), "job.trigger.jitter"],
    ["ScheduleJob", job({ trigger: { ...cron, maxOccurrences: "9007199254740992" } }), "job.trigger.max_occurrences"],
    [
      "ScheduleJob",
      job({
        trigger: { interval: { every: "1s", basis: "INTERVAL_BASIS_FIXED_DELAY", anchorTime: BACKWARDS.endTime } },
      }),
      "job.trigger.interval.anchor_time",
    ],
    ["RegisterKind", { kind: { name: "k", trigger: { ...cron, ...BACKWARDS } } }, "kind.trigger.end_time"],
    ["PreviewTrigger", { trigger: { ...cron, ...BACKWARDS } }, "trigger.end_time"],
    ["ScheduleJob", job({ policy: { misfireGrace: "0s" } }), "job.policy.misfire_grace"],
    ["ScheduleJob", job({ policy: { misfireGrace: "3155760001s" } }), "job.policy.misfire_grace"],
    ["ScheduleJob", job({ policy: { maxReplays: 0 } }), "job.policy.max_replays"],
    ["ScheduleJob", job({ policy: { maxReplays: 10_001 } }), "job.policy.max_replays"],
    ["ScheduleJob", job({ policy: { jobRetention: "315619201s" } }), "job.policy.job_retention"],
    ["ScheduleJob", job({ policy: { timeout: "0s" } }), "job.policy.timeout"],
    ["ScheduleJob", job({ policy: { timeout: "2592001s" } }), "job.policy.timeout"],
    ["ScheduleJob", job({ contentType: "not a type" }), "job.content_type"],
    ["ScheduleJob", { ...job({}), retry: true }, "retry"],
    ["ScheduleJob", { ...job({ payload: "AAAA" }), payloadText: "text" }, "payload_text"],
    ["RegisterKind", {}, "kind"],
    ["RegisterKind", { kind: {} }, "kind.name"],
    ["RegisterKind", { kind: { name: "k", maxRunning: 1001 } }, "kind.max_running"],
    ["GetKind", {}, "name"],
    ["DeleteKind", {}, "name"],
    ["PauseKind", {}, "name"],
    ["PauseKind", { name: "mail", reason: "é".repeat(251) }, "reason"],
    ["ResumeKind", {}, "name"],
    ["GetJob", {}, "slug"],
    ["DeleteJob", {}, "slug"],
    ["UpdateJob", { updateMask: "labels" }, "job"],
    ["UpdateJob", { job: { slug: "a" } }, "update_mask"],
    ["UpdateJob", { job: { slug: "a" }, payloadText: "x", updateMask: "labels" }, "payload_text"],
    ["UpdateJob", { job: { slug: "a", payload: "AAAA" }, payloadText: "x", updateMask: "payload" }, "payload_text"],
    ["UpdateJob", { job: { slug: "a" }, updateMask: "trigger.cron.expression" }, "job.trigger.cron.expression"],
    ["UpdateJob", { job: { slug: "a" }, updateMask: "trigger.interval.every" }, "job.trigger.interval.every"],
    ["UpdateJob", { job: { slug: "a", kind: "b" }, updateMask: "kind" }, "update_mask"],
    ["UpdateJob", { job: { slug: "a" }, delay: "-1s" }, "delay"],
    ["PauseJob", {}, "slug"],
    ["PauseJob", { slug: "a", reason: "é".repeat(251) }, "reason"],
    ["ResumeJob", {}, "slug"],
    ["RunJob", {}, "slug"],
    ["BackfillJob", { ...PAST, startTime: null }, "start_time"],
    ["BackfillJob", { ...PAST, endTime: null }, "end_time"],
    ["BackfillJob", { ...PAST, endTime: "2024-01-01T00:00:00Z" }, "end_time"],
    ["BackfillJob", { ...PAST, maxRuns: 1001 }, "max_runs"],
    ["BackfillJob", { ...PAST, slug: "s".repeat(176) }, "slug"],
    ["BackfillJob", { ...PAST, slug: "s".repeat(201) }, "slug"],
    ["CancelRun", {}, "slug"],
    ["CancelRun", { slug: "a", runId: "not-a-run" }, "run_id"],
    ["ClearJobs", {}, "filter"],
    ["ClearJobs", { filter: {} }, "filter"],
    ["RequeueJobs", {}, "filter"],
    ["PreviewTrigger", {}, "trigger"],
    ["PreviewTrigger", { trigger: cron, count: 1001 }, "count"],
    ["ListJobs", { filter: { slugs: Array.from({ length: 1_001 }, (_, n) => `s${n}`) } }, "filter.slugs"],
    ["ListJobs", { filter: { kinds: Array.from({ length: 101 }, (_, n) => `k${n}`) } }, "filter.kinds"],
    ["ListRuns", { pageToken: "bm90IG91cnM" }, "page_token"],
    ["ListKinds", { pageToken: "*" }, "page_token"],
    ["ScheduleJobs", { requests: Array.from({ length: 1_001 }, () => job({})) }, "requests"],
  ];
  for (const [call, request, field] of MISSING) {
    test(`${call}: ${field} missing or beyond its bound: INVALID_ARGUMENT, ${JSON.stringify(request).slice(0, 60)}`, async () => {
      const error = await errorOf(send(call, request));
      assert.equal(error.code, status.INVALID_ARGUMENT, error.message);
      assert.deepEqual(error.fields, [field]);
    });
  }

  test("all that is wrong is told at once, and wrong input outranks what is not offered", async () => {
    const wrong = { slug: "no blank", kind: "", labels: { "?": "x" }, policy: { timeout: "-1s" } };
    const error = await errorOf(send("ScheduleJob", { job: wrong, delay: "-5s", onConflict: 9, validateOnly: true }));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.equal(error.reason, "BAD_FIELD");
    assert.deepEqual(error.fields, [
      "job.slug",
      "job.kind",
      "job.labels",
      "job.policy.timeout",
      "on_conflict",
      "delay",
    ]);
  });

  test("a batch in which all 1,000 items are wrong in many ways is answered within 4 MiB", async () => {
    const wrong = { slug: "é".repeat(500), kind: "", contentType: "x".repeat(500), labels: { "?": "", a: "\0" } };
    const policy = { timeout: "0s", retry: { maxAttempts: -1, initialBackoff: "-1s", multiplier: 0 } };
    const trigger = { cron: { expression: `* * * * ${"x".repeat(200)}`, timeZone: "Mars/Olympus" } };
    const items = Array.from({ length: 1_000 }, () => ({
      job: { ...wrong, policy, trigger },
      onConflict: 9,
      delay: "-1s",
    }));
    const bytes = (await send("ScheduleJobs", { requests: items })) as Buffer;
    assert.ok(bytes.length < 4 * 1_048_576, `${bytes.length} bytes`);
    const { results } = ScheduleJobsResponse.decode(bytes);
    assert.equal(results.length, 1_000);
    const { fields } = toldStatus(results[999]?.error ?? Status.create());
    assert.ok(fields.includes("requests[999].job.slug") && fields.includes("requests[999].job.trigger.cron.time_zone"));
  });

  test("triggers that can't be computed name the part that is wrong", async () => {
    const trigger = (fields: JsonObject) => errorOf(send("ScheduleJob", job({ trigger: { cron: fields } })));
    const cases = [
      [await trigger({ expression: "* * *" }), "BAD_CRON", "job.trigger.cron.expression"],
      [await trigger({ expression: "0 0 30 2 *" }), "NEVER_FIRES", "job.trigger.cron.expression"],
      [
        await trigger({ expression: "0 0 * * *", timeZone: "Mars/Olympus" }),
        "BAD_TIME_ZONE",
        "job.trigger.cron.time_zone",
      ],
    ] as const;
    for (const [error, reason, field] of cases) {
      assert.equal(error.code, status.INVALID_ARGUMENT);
      assert.equal(error.reason, reason, error.message);
      assert.deepEqual(error.fields, [field]);
    }
  });

  test("a field that the server does not know is refused inside a trigger, a policy or a filter, and ignored elsewhere", async () => {
    // Field 99, a varint.
    const _unknownFields = { [99 << 3]: [Buffer.from([1])] };
    const unknown = { _unknownFields };
    const every = { seconds: 1n, nanos: 0 };
    const interval = Trigger.create({ schedule: { $case: "interval", value: { every } } });
    const once = Trigger.create({ schedule: { $case: "once", value: {} } });
    assert.ok(interval.schedule?.$case === "interval" && once.schedule?.$case === "once");
    const request = (trigger: Trigger | undefined, policy: Policy | undefined) => {
      const base = ScheduleJobRequest.create({ job: { slug: "unknown", kind: "mail" } });
      assert.ok(base.job);
      return { ...base, job: { ...base.job, trigger, policy, ...unknown }, ...unknown };
    };
    const inside = [
      [request({ ...once, ...unknown }, undefined), "job.trigger"],
      [
        request({ ...once, schedule: { $case: "once", value: { ...once.schedule.value, ...unknown } } }, undefined),
        "job.trigger.once",
      ],
      [
        request(
          {
            ...interval,
            schedule: { $case: "interval", value: { ...interval.schedule.value, every: { ...every, ...unknown } } },
          },
          undefined,
        ),
        "job.trigger.interval.every",
      ],
      [request(undefined, { ...Policy.create(), ...unknown }), "job.policy"],
      [
        request(undefined, {
          ...Policy.create(),
          retry: { ...Policy.create({ retry: {} }).retry, ...unknown } as never,
        }),
        "job.policy.retry",
      ],
    ] as const;
    for (const [message, field] of inside) {
      const error = await errorOf(harness.call("scheduleJob", message));
      assert.equal(error.reason, "UNKNOWN_FIELD", error.message);
      assert.deepEqual(error.fields, [field]);
      assert.match(error.message, /field number 99/);
    }
    const jobs = { filter: { ...JobFilter.create(), ...unknown }, pageSize: 0, pageToken: "", view: 0 } as const;
    assert.deepEqual((await errorOf(harness.call("listJobs", jobs))).fields, ["filter"]);
    const runs = { ...jobs, filter: { ...RunFilter.create(), ...unknown } };
    assert.deepEqual((await errorOf(harness.call("listRuns", runs))).fields, ["filter"]);
    const { outcome } = await harness.call("scheduleJob", request(undefined, undefined));
    assert.equal(outcome, 1);
  });

  test("bytes that are not UTF-8 are refused where a text is expected", async () => {
    // ScheduleJobRequest.job { slug: ff fe, kind: "m" }
    const inner = Buffer.from([0x0a, 2, 0xff, 0xfe, 0x12, 1, 0x6d]);
    const error = await errorOf(harness.raw("scheduleJob", Buffer.concat([Buffer.from([0x0a, inner.length]), inner])));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    assert.deepEqual(error.fields, ["job.slug"]);
  });

  test("a message of more than 4 MiB is RESOURCE_EXHAUSTED, and the server goes on", async () => {
    const error = await errorOf(harness.raw("scheduleJob", Buffer.alloc(4 * 1_048_576 + 1)));
    assert.equal(error.code, status.RESOURCE_EXHAUSTED);
    await send("ListJobs", {});
  });

  test("a slug of 200 bytes, a kind of 100, 32 labels and 1 MiB of payload are taken", async () => {
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`${n}`.padEnd(63, "k"), "é".repeat(127)]));
    const payload = Buffer.alloc(1_048_576).toString("base64");
    await send("ScheduleJob", { job: { slug: "s".repeat(200), kind: "k".repeat(100), labels, payload } });
    assert.equal((await harness.store.get("s".repeat(200)))?.payload.length, 1_048_576);
  });
});
