import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { JsonObject } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { Outcome } from "../../src/core/outcome.js";
import { settle } from "../../src/core/settle.js";
import { CODE_OF } from "../../src/rpc/status.js";
import { runIdOf } from "../../src/store/store.js";
import { errorOf, type Harness, startHarness } from "./harness.js";
import { encode, methods } from "./input-fields.js";

function send(harness: Harness, call: string, request: JsonObject): Promise<Buffer> {
  const method = methods().find(({ name }) => name === call);
  assert.ok(method, call);
  return harness.raw(method.localName as never, encode(method, request, [], undefined));
}

describe("names that nobody has", () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  /** Each call that is about one job or one kind; `undefined`: what the call does is to make it so. */
  const CALLS: Readonly<Record<string, JsonObject | undefined>> = {
    GetKind: { name: "nobody" },
    DeleteKind: { name: "nobody" },
    PauseKind: undefined,
    ResumeKind: { name: "nobody" },
    GetJob: { slug: "nobody" },
    UpdateJob: { job: { slug: "nobody" }, updateMask: "labels" },
    DeleteJob: { slug: "nobody" },
    PauseJob: { slug: "nobody" },
    ResumeJob: { slug: "nobody" },
    RunJob: { slug: "nobody" },
    BackfillJob: { slug: "nobody", startTime: "2024-01-01T00:00:00Z", endTime: "2024-01-02T00:00:00Z" },
    CancelRun: { slug: "nobody" },
  };

  test("every call that is about one job or kind is known here", () => {
    const about = methods().filter(({ name, input }) => {
      const fields = input.fields.map((field) => field.name);
      return name === "UpdateJob" || fields.includes("slug") || fields.includes("name");
    });
    assert.deepEqual(about.map(({ name }) => name).sort(), Object.keys(CALLS).sort());
  });

  for (const [call, request] of Object.entries(CALLS)) {
    test(`${call}: ${request ? "NOT_FOUND, with the name" : "makes it"}`, async () => {
      if (!request) return void (await send(harness, call, { name: "somebody" }));
      const error = await errorOf(send(harness, call, request));
      assert.equal(error.code, status.NOT_FOUND, error.message);
      const [reason, fact] = request["slug"] || request["job"] ? ["JOB_NOT_FOUND", "slug"] : ["KIND_NOT_FOUND", "kind"];
      assert.deepEqual([error.reason, error.facts[fact]], [reason, "nobody"]);
      assert.match(error.message, /nobody/);
      return undefined;
    });
  }

  test("DeleteJob is done where it may be missing", async () => {
    await send(harness, "DeleteJob", { slug: "nobody", allowMissing: true });
  });

  test("filters match nothing", async () => {
    const filter = { slugs: ["nobody"], kinds: ["nobody"] };
    for (const call of ["ListJobs", "ClearJobs", "RequeueJobs"]) await send(harness, call, { filter });
    await send(harness, "ListRuns", { filter: { slug: "nobody", kinds: ["nobody"] } });
  });
});

describe("a state that a call can't be carried out in is FAILED_PRECONDITION, and told", () => {
  let harness: Harness;
  let runId = "";
  before(async () => {
    harness = await startHarness();
    const { store, dispatch } = harness;
    const lease = await store.openLease({ serverId: "server-1", ttlMs: 30_000, version: "1" });
    const hand = async (slug: string) => {
      await send(harness, "ScheduleJob", { job: { slug, kind: "mail", policy: { jobRetention: "3600s" } } });
      const room = new Map([["mail", 1]]);
      const [job] = await store.lock({ room, maxRunning: new Map(), lease, now: harness.now, limit: 1 });
      assert.ok(job?.lock && job.slug === slug);
      return { job, token: job.lock.token };
    };
    const run = async (slug: string, outcome: Outcome) => {
      const { job, token } = await hand(slug);
      const by = { by: "worker", endedAt: harness.now, unit: 0, workerId: "w", serverId: "server-1" } as const;
      const { settled, run } = settle(job, dispatch.kinds.policyOf(job), { outcome, ...by }, runIdOf(token));
      await store.release([{ slug, token, etag: job.etag, settled, run }]);
    };
    await send(harness, "RegisterKind", { kind: { name: "mail" } });
    await run("dead", { type: "failure", error: "no such address", permanent: true });
    await run("completed", { type: "success", result: Buffer.from("done") });
    runId = runIdOf((await hand("running")).token);
    await send(harness, "ScheduleJob", { job: { slug: "scheduled", kind: "mail" }, delay: "60s" });
    const interval = { every: "5s", basis: "INTERVAL_BASIS_FIXED_DELAY" };
    await send(harness, "ScheduleJob", { job: { slug: "delayed", kind: "post", trigger: { interval } } });
  });
  after(() => harness.close());

  const ANOTHER = "0".repeat(32);
  const SPAN = { startTime: "2024-01-01T00:00:00Z", endTime: "2024-01-02T00:00:00Z" };
  const ROWS: readonly (readonly [call: string, request: JsonObject, reason: string, state: string])[] = [
    ["RunJob", { slug: "dead" }, "JOB_DEAD", "DEAD"],
    ["RunJob", { slug: "completed" }, "JOB_COMPLETED", "COMPLETED"],
    ["CancelRun", { slug: "dead" }, "NOT_RUNNING", "DEAD"],
    ["CancelRun", { slug: "completed" }, "NOT_RUNNING", "COMPLETED"],
    ["CancelRun", { slug: "scheduled" }, "NOT_RUNNING", "SCHEDULED"],
    ["CancelRun", { slug: "running", runId: ANOTHER }, "NOT_RUNNING", "RUNNING"],
    ["UpdateJob", { job: { slug: "dead" }, delay: "1s" }, "JOB_DEAD", "DEAD"],
    ["UpdateJob", { job: { slug: "completed" }, delay: "1s" }, "JOB_COMPLETED", "COMPLETED"],
    ["UpdateJob", { job: { slug: "running" }, delay: "1s" }, "JOB_RUNNING", "RUNNING"],
    ["BackfillJob", { slug: "delayed", ...SPAN }, "NO_PAST_TIMES", "FIXED_DELAY"],
    ["DeleteKind", { name: "mail" }, "KIND_IN_USE", "COMPLETED"],
  ];
  for (const [call, request, reason, state] of ROWS) {
    test(`${call} ${JSON.stringify(request)}: ${reason}, ${state}`, async () => {
      const error = await errorOf(send(harness, call, request));
      assert.equal(error.code, status.FAILED_PRECONDITION, error.message);
      assert.deepEqual([error.reason, error.facts["state"]], [reason, state]);
      assert.ok(error.message.includes(state), error.message);
      if (state === "RUNNING") assert.equal(error.facts["run_id"], runId);
    });
  }

  test("another kind than the stored one: KIND_DIFFERS, with that", async () => {
    const job = { slug: "scheduled", kind: "post" };
    for (const call of [
      send(harness, "UpdateJob", { job, updateMask: "labels" }),
      send(harness, "ScheduleJob", { job, onConflict: "CONFLICT_POLICY_UPDATE" }),
    ]) {
      const error = await errorOf(call);
      assert.equal(error.code, status.FAILED_PRECONDITION, error.message);
      assert.deepEqual([error.reason, error.facts["kind"]], ["KIND_DIFFERS", "mail"]);
    }
  });

  test("each reason of this code has a row", () => {
    const coded = Object.entries(CODE_OF).filter(([, code]) => code === status.FAILED_PRECONDITION);
    const rows = new Set(["KIND_DIFFERS", ...ROWS.map(([, , reason]) => reason)]);
    assert.deepEqual([...rows].sort(), coded.map(([reason]) => reason).sort());
  });
});
