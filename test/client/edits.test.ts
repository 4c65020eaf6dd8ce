import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, type TickwireError, Worker } from "@tickwire/client";
import { serverProcess } from "./server-process.js";

// The calls that change what is stored, against the server itself: that both sides mean the same by every field.

let server: Awaited<ReturnType<typeof serverProcess>>;
let client: Client;
before(async () => {
  server = await serverProcess();
  client = new Client({ address: server.address });
});
after(async () => {
  client?.close();
  await server?.stop();
});

const yearly = { cron: "@yearly" } as const;
const reason = (expected: string) => (error: TickwireError) => error.reason === expected;

describe("a job", () => {
  test("is updated by its mask, under its etag, and in parts", async () => {
    const policy = { timeoutMs: 5_000, retry: { maxAttempts: 3, multiplier: 4 } };
    const { job } = await client.scheduleJob({ slug: "u", kind: "k", trigger: yearly, policy, labels: { a: "1" } });
    const updated = await client.updateJob("u", {
      updateMask: ["policy.retry.maxAttempts", "policy.timeoutMs", "payload", "trigger.jitterMs"],
      policy: { retry: { maxAttempts: 7 } },
      payload: { n: 1 },
      trigger: { ...yearly, jitterMs: 50 },
      labels: {},
      etag: job.etag,
    });
    assert.deepEqual(updated.policy, { retry: { maxAttempts: 7, multiplier: 4 } });
    assert.deepEqual([updated.labels, updated.trigger?.jitterMs], [{ a: "1" }, 50]);
    assert.equal(Buffer.from((await client.getJob("u")).payload).toString(), '{"n":1}');
    await assert.rejects(client.updateJob("u", { updateMask: ["labels"], etag: job.etag }), reason("ETAG_MISMATCH"));
  });

  test("that was read can be edited and sent back", async () => {
    await client.scheduleJob({ slug: "back", kind: "k", trigger: yearly, priority: "high" });
    const { slug, kind, ...job } = await client.getJob("back");
    const updated = await client.updateJob(slug, { ...job, labels: { b: "2" }, updateMask: ["labels", "trigger"] });
    assert.deepEqual([updated.labels, updated.priority, updated.dueTime], [{ b: "2" }, "high", job.dueTime]);
    assert.equal(kind, "k");
  });

  test("has its next occurrence moved, without a mask", async () => {
    await client.scheduleJob({ slug: "move", kind: "k", trigger: yearly });
    const nextTime = new Date("2999-01-01T00:00:00Z");
    assert.deepEqual((await client.updateJob("move", { nextTime })).dueTime, nextTime);
    const soon = await client.updateJob("move", { delayMs: 60_000 });
    assert.ok(soon.dueTime && soon.dueTime < nextTime);
    await assert.rejects(client.updateJob("move", {}), reason("BAD_FIELD"));
  });

  test("is paused with a reason, and resumed", async () => {
    await client.scheduleJob({ slug: "p", kind: "k", trigger: yearly });
    const paused = await client.pauseJob("p", { reason: "why" });
    assert.deepEqual(
      [paused.state, paused.pause?.reason, (await client.getJob("p")).state],
      ["paused", "why", "paused"],
    );
    assert.deepEqual([(await client.resumeJob("p")).state, (await client.getJob("p")).pause], ["scheduled", undefined]);
  });

  test("is upserted, and checked without being stored", async () => {
    const job = { slug: "up", kind: "k", trigger: { interval: { everyMs: 60_000 } }, onConflict: "update" } as const;
    assert.equal((await client.scheduleJob({ ...job, validateOnly: true })).outcome, "created");
    await assert.rejects(client.getJob("up"), reason("JOB_NOT_FOUND"));
    const first = await client.scheduleJob(job);
    const second = await client.scheduleJob(job);
    assert.deepEqual([first.outcome, second.outcome, second.job.dueTime], ["created", "kept", first.job.dueTime]);
    const results = await client.scheduleJobs([
      { ...job, labels: { v: "2" }, validateOnly: true },
      { ...job, labels: { v: "2" } },
      { ...job, kind: "other" },
    ]);
    assert.deepEqual(
      results.map(({ outcome, error }) => error?.reason ?? outcome),
      ["updated", "updated", "KIND_DIFFERS"],
    );
  });

  test("is backfilled, and none of it twice", async () => {
    await client.scheduleJob({ slug: "fill", kind: "k", trigger: { cron: "0 0 * * *" } });
    const span = { startTime: new Date("2020-01-01T00:00:00Z"), endTime: new Date("2020-01-03T00:00:00Z") };
    const slugs = ["fill@2020-01-01T00:00:00.000Z", "fill@2020-01-02T00:00:00.000Z"];
    assert.deepEqual(await client.backfillJob("fill", span), { slugs, createdCount: 2 });
    assert.deepEqual(await client.backfillJob("fill", span), { slugs, createdCount: 0 });
    await assert.rejects(client.backfillJob("fill", { ...span, maxRuns: 1 }), reason("TOO_MANY_RUNS"));
    const ran = new Set<string>();
    await using watch = client.watchRuns({ filter: { kinds: ["k"] } });
    await watch.opened;
    await using _ = new Worker({ address: server.address }).handle("k", (task) => void ran.add(task.slug)).start();
    for await (const run of watch) {
      assert.equal(run.cause, "backfill");
      if (ran.size === 2 && run.slug === slugs[1]) break;
    }
    assert.deepEqual([...ran].sort(), slugs);
  });
});

test("bulk calls count without changing", async () => {
  await client.scheduleJobs(["bulk/a", "bulk/b"].map((slug) => ({ slug, kind: "k", trigger: yearly })));
  const input = { filter: { slugPrefix: "bulk/" }, validateOnly: true };
  assert.deepEqual(await client.clearJobs(input), { count: 2, more: false });
  assert.deepEqual(await client.requeueJobs(input), { count: 0, more: false });
  assert.deepEqual(await client.clearJobs({ ...input, validateOnly: false }), { count: 2, more: false });
});

describe("a kind", () => {
  test("is deleted once no job has it", async () => {
    await client.registerKind({ name: "old" });
    await client.scheduleJob({ slug: "of-old", kind: "old", trigger: yearly });
    await assert.rejects(client.deleteKind("old"), reason("KIND_IN_USE"));
    await client.deleteJob("of-old");
    await client.deleteKind("old");
    await assert.rejects(client.getKind("old"), reason("KIND_NOT_FOUND"));
  });

  test("is registered by the worker that serves it; one that differs is left, and told", async () => {
    const warned: object[] = [];
    const log = { debug() {}, info() {}, warn: (facts: object) => void warned.push(facts), error() {} };
    const define = [{ name: "own", policy: { timeoutMs: 9_000 }, trigger: yearly, maxRunning: 2 }];
    await using first = new Worker({ address: server.address, define, log }).handle("own", () => {}).start();
    await first.ready;
    const kind = await client.getKind("own");
    assert.deepEqual([kind.policy, kind.maxRunning, warned], [{ timeoutMs: 9_000 }, 2, []]);
    const other = [{ ...define[0], name: "own", maxRunning: 3 }];
    await using second = new Worker({ address: server.address, define: other, log }).handle("own", () => {}).start();
    await second.ready;
    assert.deepEqual(warned, [{ kinds: ["own"] }]);
    assert.equal((await client.getKind("own")).maxRunning, 2);
  });
});
