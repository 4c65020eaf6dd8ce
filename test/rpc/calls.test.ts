import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { settle } from "../../src/core/settle.js";
import { RunCause, RunState } from "../../src/rpc/gen/tickwire/v1/run.js";
import {
  CancelRunRequest,
  ClearJobsRequest,
  DeleteJobRequest,
  GetJobRequest,
  GetKindRequest,
  GetServerInfoRequest,
  GetStatsRequest,
  ListKindsRequest,
  ListRunsRequest,
  ListWorkersRequest,
  PauseKindRequest,
  PreviewTriggerRequest,
  RegisterKindRequest,
  RequeueJobsRequest,
  ResumeKindRequest,
  RunJobRequest,
  ScheduleJobRequest,
  ScheduleOutcome,
  WatchRunsRequest,
  type WatchRunsResponse,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { runIdOf } from "../../src/store/store.js";
import { worker } from "../service/fake-dispatch.js";
import { drain, errorOf, type Harness, startHarness } from "./harness.js";

describe("calls over gRPC", () => {
  let harness: Harness;
  let lease: string;
  before(async () => {
    harness = await startHarness();
    lease = await harness.store.openLease({ serverId: "server-1", ttlMs: 30_000, version: "1" });
  });
  after(() => harness.close());

  async function runOnce(error?: string): Promise<string> {
    const { store, dispatch, now } = harness;
    const room = new Map([["mail", 1]]);
    const [job] = await store.lock({ room, maxRunning: new Map(), lease, now, limit: 1 });
    assert.ok(job?.lock);
    const token = job.lock.token;
    const outcome =
      error === undefined
        ? ({ type: "success", result: Buffer.from("done") } as const)
        : ({ type: "failure", error, permanent: true } as const);
    const effect = { outcome, by: "worker", endedAt: now, unit: 0, workerId: "w-1", serverId: "server-1" } as const;
    const { settled, run } = settle(job, dispatch.kinds.policyOf(job), effect, runIdOf(token));
    await store.release([{ slug: job.slug, token, etag: job.etag, settled, run }]);
    dispatch.feed.publish([run]);
    return run.runId;
  }

  test("a kind is registered, read and listed with its trigger and policy", async () => {
    const kind = {
      name: "report",
      description: "reports",
      trigger: { schedule: { $case: "cron", value: { expression: "0 2 * * *", timeZone: "Europe/Berlin" } } },
      policy: { timeout: { seconds: 60n, nanos: 0 }, retry: { onExhausted: 2 } },
      maxRunning: 3,
    } as const;
    const { kind: stored, created } = await harness.call("registerKind", RegisterKindRequest.create({ kind }));
    assert.equal(created, true);
    const read = (await harness.call("getKind", GetKindRequest.create({ name: "report" }))).kind;
    assert.deepEqual(read, stored);
    assert.deepEqual([read?.maxRunning, read?.policy?.timeout?.seconds, read?.policy?.retry?.onExhausted], [3, 60n, 2]);
    const schedule = read?.trigger?.schedule;
    assert.ok(schedule?.$case === "cron");
    assert.deepEqual([schedule.value.timeZone, schedule.value.dialect], ["Europe/Berlin", 1]);
    const { kinds } = await harness.call("listKinds", ListKindsRequest.create());
    assert.deepEqual(
      kinds.map((one) => one.name),
      ["report"],
    );
  });

  test("a kind is paused with a reason, and resumed", async () => {
    const pausing = PauseKindRequest.create({ name: "report", reason: "deploy" });
    const { kind: paused } = await harness.call("pauseKind", pausing);
    assert.deepEqual([paused?.pause?.reason, paused?.maxRunning], ["deploy", 3]);
    assert.equal(paused?.pause?.pauseTime?.seconds, 1_735_689_600n);
    assert.deepEqual((await harness.call("getKind", GetKindRequest.create({ name: "report" }))).kind, paused);
    const { kind: resumed } = await harness.call("resumeKind", ResumeKindRequest.create({ name: "report" }));
    assert.deepEqual([resumed?.pause, resumed?.maxRunning], [undefined, 3]);
    const missing = await errorOf(harness.call("resumeKind", ResumeKindRequest.create({ name: "nobody" })));
    assert.deepEqual([missing.code, missing.reason], [status.NOT_FOUND, "KIND_NOT_FOUND"]);
  });

  test("a run is watched as it ends, listed, and shows its cause, its result and no token", async () => {
    const stream = harness.client.watchRuns(WatchRunsRequest.create({ view: 2 }));
    const [opening] = (await once(stream, "data")) as [WatchRunsResponse];
    assert.deepEqual([opening.runs, opening.gap], [[], false]);
    await harness.call("scheduleJob", ScheduleJobRequest.create({ job: { slug: "once", kind: "mail" } }));
    const coming = once(stream, "data");
    const runId = await runOnce();
    const [answer] = (await coming) as [WatchRunsResponse];
    stream.on("error", () => {});
    stream.cancel();
    const { runs } = await harness.call("listRuns", ListRunsRequest.create({ filter: { slug: "once" }, view: 2 }));
    assert.deepEqual(answer.runs, runs);
    const [run] = runs;
    assert.deepEqual([run?.runId, run?.state, run?.cause], [runId, RunState.SUCCEEDED, RunCause.TRIGGER]);
    assert.equal(run?.occurrenceId, `once@${harness.now.toISOString()}`);
    assert.equal(run?.result.toString(), "done");
    assert.deepEqual([run?.workerId, run?.serverId, run?.attempt], ["w-1", "server-1", 1]);
    const basic = await harness.call("listRuns", ListRunsRequest.create({ filter: { slug: "once" } }));
    assert.equal(basic.runs[0]?.result.length, 0);
  });

  test("a watch goes on from its cursor; of another filter, another store or nobody it is refused", async () => {
    const watch = async (request: Parameters<typeof WatchRunsRequest.create>[0]) => {
      const stream = harness.client.watchRuns(WatchRunsRequest.create(request));
      stream.on("error", () => {});
      const answers: WatchRunsResponse[] = [];
      stream.on("data", (answer: WatchRunsResponse) => answers.push(answer));
      while (answers.flatMap(({ runs }) => runs).length === 0 && answers.length < 2) await once(stream, "data");
      stream.cancel();
      return answers;
    };
    const filter = { kinds: ["mail", "other"] };
    const opening = harness.client.watchRuns(WatchRunsRequest.create({ filter }));
    opening.on("error", () => {});
    const [{ cursor }] = (await once(opening, "data")) as [WatchRunsResponse];
    opening.cancel();
    await harness.call("scheduleJob", ScheduleJobRequest.create({ job: { slug: "once", kind: "mail" } }));
    const runId = await runOnce();
    // The same filter, told in another order.
    const answers = await watch({ filter: { kinds: ["other", "mail"] }, cursor });
    assert.deepEqual(
      answers.map(({ runs, gap }) => [runs.map((run) => run.runId), gap]),
      [
        [[], false],
        [[runId], false],
      ],
    );
    assert.ok(answers.every((answer) => answer.cursor !== ""));
    const elsewhere = await startHarness();
    const refused: [Harness["client"], Parameters<typeof WatchRunsRequest.create>[0]][] = [
      [harness.client, { cursor }],
      [harness.client, { filter: { kinds: ["mail"] }, cursor }],
      [harness.client, { filter, cursor: `${cursor}A` }],
      [harness.client, { filter, cursor: "x" }],
      [elsewhere.client, { filter, cursor }],
    ];
    for (const [client, request] of refused) {
      const { error } = await drain(client.watchRuns(WatchRunsRequest.create(request)));
      assert.equal(error?.code, status.INVALID_ARGUMENT, error?.message);
      assert.deepEqual(error.fields, ["cursor"]);
    }
    await elsewhere.close();
  });

  test("a retry of a call whose job has run and is gone is REPEATED, with its slug alone", async () => {
    const call = ScheduleJobRequest.create({ job: { kind: "mail" }, requestId: "call-1" });
    const first = await harness.call("scheduleJob", call);
    await runOnce();
    const again = await harness.call("scheduleJob", { ...call, retry: true });
    assert.equal(again.outcome, ScheduleOutcome.REPEATED);
    assert.deepEqual([again.job?.slug, again.job?.kind, again.job?.uid], [first.job?.slug, "", ""]);
  });

  test("a dead job is requeued, run now, cancelled, deleted", async () => {
    await harness.call("scheduleJob", ScheduleJobRequest.create({ job: { slug: "a", kind: "mail" } }));
    await runOnce("no such address");
    const dead = (await harness.call("getJob", GetJobRequest.create({ slug: "a" }))).job;
    assert.deepEqual([dead?.state, dead?.deadReason, dead?.lastError], [5, 2, "no such address"]);
    assert.equal(dead?.dueTime, undefined);
    const requeued = await harness.call("requeueJobs", RequeueJobsRequest.create({ filter: { slugs: ["a"] } }));
    assert.deepEqual([requeued.requeuedCount, requeued.more], [1n, false]);
    const { job, occurrenceId } = await harness.call("runJob", RunJobRequest.create({ slug: "a" }));
    assert.match(occurrenceId, /^a@2025-01-01T00:00:00\.\d{3}Z$/);
    assert.equal(job?.state, 1);
    const room = new Map([["mail", 1]]);
    const [out] = await harness.store.lock({ room, maxRunning: new Map(), lease, now: harness.now, limit: 1 });
    const { runId } = await harness.call("cancelRun", CancelRunRequest.create({ slug: "a" }));
    assert.equal(runId, runIdOf(out?.lock?.token ?? ""));
    const running = (await harness.call("getJob", GetJobRequest.create({ slug: "a" }))).job;
    assert.deepEqual([running?.state, running?.currentTask?.runId], [2, runId]);
    assert.equal(running?.currentTask?.serverId, "server-1");
    await harness.call("deleteJob", DeleteJobRequest.create({ slug: "a" }));
    await harness.call("deleteJob", DeleteJobRequest.create({ slug: "a", allowMissing: true }));
  });

  test("what is cleared is counted", async () => {
    await harness.call(
      "scheduleJob",
      ScheduleJobRequest.create({ job: { slug: "c", kind: "mail", labels: new Map([["x", "1"]]) } }),
    );
    const filter = { labels: new Map([["x", "1"]]) };
    const { deletedCount, more } = await harness.call("clearJobs", ClearJobsRequest.create({ filter }));
    assert.deepEqual([deletedCount, more], [1n, false]);
  });

  test("a trigger's times are previewed, with words", async () => {
    const schedule = { $case: "interval", value: { every: { seconds: 0n, nanos: 500_000_000 } } } as const;
    const afterTime = { seconds: 1_735_689_600n, nanos: 0 };
    const { times, description } = await harness.call(
      "previewTrigger",
      PreviewTriggerRequest.create({ trigger: { schedule }, afterTime, count: 2 }),
    );
    assert.deepEqual(
      times.map(({ seconds, nanos }) => [seconds, nanos]),
      [
        [1_735_689_600n, 500_000_000],
        [1_735_689_601n, 0],
      ],
    );
    assert.ok(description.length > 0);
    assert.equal(
      (await harness.call("previewTrigger", PreviewTriggerRequest.create({ trigger: { schedule } }))).times.length,
      10,
    );
  });

  test("workers and the server tell of themselves", async () => {
    await harness.store.putWorkers(lease, [worker("1", ["mail"])], []);
    harness.dispatch.connected = [worker("1", ["mail"])];
    const { workers } = await harness.call("listWorkers", ListWorkersRequest.create());
    assert.deepEqual([workers[0]?.workerId, workers[0]?.capacity?.maxTasks], ["worker-1", 10]);
    assert.deepEqual(
      workers[0]?.capacity?.kinds.map(({ kind, maxTasks }) => [kind, maxTasks]),
      [["mail", undefined]],
    );
    const { kinds, servers } = await harness.call("getStats", GetStatsRequest.create({ kinds: ["mail"] }));
    assert.deepEqual(
      kinds.map((one) => [one.kind, one.estimated, one.workers, one.free, one.oldestLateness?.seconds]),
      [["mail", false, 1, 10, 0n]],
    );
    assert.deepEqual(
      servers.map((one) => [one.serverId, one.version, one.startTime?.seconds, one.renewTime?.seconds, one.workers]),
      [["server-1", "1", 1_735_689_600n, 1_735_689_600n, 1]],
    );
    const info = await harness.call("getServerInfo", GetServerInfoRequest.create());
    assert.deepEqual([info.version, info.store, info.limits.get("payload_bytes")], ["1.2.3", "memory", 1_048_576n]);
  });
});
