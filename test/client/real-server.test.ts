import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  Client,
  complete,
  type Handler,
  PermanentError,
  RetryAfterError,
  type Run,
  type RunningWorker,
  release,
  snooze,
  TaskAborted,
  TickwireError,
  Worker,
} from "@tickwire/client";
import { serverProcess } from "./server-process.js";

// Client and worker against the server itself: that both sides mean the same by every outcome.

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

let kinds = 0;

/** A worker for a kind of its own, and that kind's runs as they end. */
async function play(
  handler: Handler,
  body: (kind: string, next: () => Promise<Run>, running: RunningWorker) => Promise<void>,
): Promise<void> {
  const kind = `kind${++kinds}`;
  await using watch = client.watchRuns({ filter: { kinds: [kind] }, view: "full" });
  await watch.opened;
  await using running = new Worker({ address: server.address, graceMs: 0 }).handle(kind, handler).start();
  await running.ready;
  const runs = watch[Symbol.asyncIterator]();
  const next = async () => {
    const { value } = await runs.next();
    return value ?? assert.fail("the watch ended");
  };
  await body(kind, next, running);
}

describe("an outcome", () => {
  test("success: result, payload and next time, until the last run", async () => {
    const far = new Date(Date.now() + 3_600_000);
    await play(
      (task) => {
        const { n } = task.json<{ n: number }>();
        return complete({
          result: { n },
          payload: { n: n + 1 },
          ...(n === 1 ? { nextTime: new Date() } : { nextTime: far }),
          lastRun: n === 3,
        });
      },
      async (kind, next) => {
        const slug = `${kind}-job`;
        await client.scheduleJob({ slug, kind, payload: { n: 1 }, trigger: { interval: { everyMs: 3_600_000 } } });
        await client.runJob(slug);
        assert.equal(Buffer.from((await next()).result).toString(), '{"n":1}');
        assert.equal(Buffer.from((await next()).result).toString(), '{"n":2}');
        const job = await client.getJob(slug);
        assert.equal(Buffer.from(job.payload).toString(), '{"n":3}');
        assert.deepEqual(job.dueTime, far);
        assert.deepEqual(
          [job.counts.succeeded, job.state, Buffer.from(job.lastResult).toString()],
          [2, "scheduled", '{"n":2}'],
        );
        await client.runJob(slug);
        assert.equal((await next()).state, "succeeded");
        await assert.rejects(client.getJob(slug), { reason: "JOB_NOT_FOUND" });
      },
    );
  });

  test("failure: retried after the wait it named, permanent: dead, with its checkpoint between", async () => {
    await play(
      (task, { checkpoint }) => {
        if (task.attempt === 1) {
          checkpoint("half");
          throw new RetryAfterError("busy", 1);
        }
        throw new PermanentError(
          `gone: ${task.previousError}, at ${Buffer.from(task.previousCheckpoint ?? []).toString()}`,
        );
      },
      async (kind, next) => {
        const { job } = await client.scheduleJob({ kind });
        const [first, second] = [await next(), await next()];
        assert.deepEqual(
          [first.state, first.error, second.state, second.error],
          ["failed", "busy", "failed", "gone: busy, at half"],
        );
        const dead = await client.getJob(job.slug);
        assert.deepEqual(
          [dead.state, dead.deadReason, dead.lastError],
          ["dead", "permanent_failure", "gone: busy, at half"],
        );
        assert.deepEqual(await client.clearJobs({ filter: { states: ["dead"], kinds: [kind] } }), {
          count: 1,
          more: false,
        });
      },
    );
  });

  test("snoozed and released: not counted", async () => {
    const answers = [snooze(1), release(), "done"];
    await play(
      () => answers.shift(),
      async (kind, next) => {
        await client.scheduleJob({ kind });
        const runs = [await next(), await next(), await next()];
        assert.deepEqual(
          runs.map(({ state, attempt }) => [state, attempt]),
          [
            ["snoozed", 1],
            ["released", 1],
            ["succeeded", 1],
          ],
        );
      },
    );
  });

  test("cancelled, timed out, deleted: the signal says which", async () => {
    const seen: string[] = [];
    const begun: (() => void)[] = [];
    const handler: Handler = (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          if (signal.reason instanceof TaskAborted) seen.push(signal.reason.why);
          reject(signal.reason);
        });
        begun.shift()?.();
      });
    await play(handler, async (kind, next, running) => {
      const begins = () => new Promise<void>((resolve) => void begun.push(resolve));
      let began = begins();
      const { job } = await client.scheduleJob({ kind });
      await began;
      const runId = await client.cancelRun(job.slug);
      const cancelled = await next();
      assert.deepEqual([cancelled.state, cancelled.runId], ["cancelled", runId]);
      assert.equal((await client.getJob(job.slug)).deadReason, "cancelled");

      await client.scheduleJob({ kind, policy: { timeoutMs: 50, retry: { maxAttempts: 1 } } });
      assert.equal((await next()).state, "timed_out");

      began = begins();
      const { job: doomed } = await client.scheduleJob({ kind });
      await began;
      await client.deleteJob(doomed.slug);
      while (running.inHand > 0) await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(seen, ["cancelled", "timed_out", "deleted"]);
    });
  });

  test("progress is seen while it runs", async () => {
    let finish: (() => void) | undefined;
    await play(
      (_, { progress }) => {
        progress(0.5, "half way");
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
      async (kind, next) => {
        const { job } = await client.scheduleJob({ kind });
        let current: Awaited<ReturnType<Client["getJob"]>>["currentTask"];
        while (current?.progress === undefined) current = (await client.getJob(job.slug)).currentTask;
        assert.deepEqual([current.progress, current.progressNote, current.attempt], [0.5, "half way", 1]);
        finish?.();
        await next();
      },
    );
  });

  test("a result over the limit is cut, and its run says so", async () => {
    await play(
      () => "x".repeat(100_000),
      async (kind, next) => {
        await client.scheduleJob({ kind });
        const run = await next();
        assert.deepEqual([run.result.length, run.resultTruncated, run.state], [65_536, true, "succeeded"]);
      },
    );
  });
});

describe("a caller", () => {
  test("sees the server's errors", async () => {
    const error = await client
      .scheduleJob({ slug: "a b", kind: "k", trigger: { cron: "61 * * * *" } })
      .catch((error) => error);
    assert.ok(error instanceof TickwireError);
    assert.equal(error.code, "INVALID_ARGUMENT");
    assert.deepEqual(error.violations.map(({ field }) => field).sort(), ["job.slug", "job.trigger.cron.expression"]);
    await assert.rejects(client.pauseJob("a"), { code: "NOT_FOUND" });
    await assert.rejects(client.getStats(["a b"]), { code: "INVALID_ARGUMENT", message: /^kinds\[0\]: must be 1 to / });
  });

  test("reads back what it wrote, and can send it again", async () => {
    const input = {
      slug: "round-trip",
      kind: "nobody",
      payload: "text",
      contentType: "text/plain",
      labels: { team: "a" },
      trigger: {
        cron: { expression: "0 12 * * 1", timeZone: "Europe/Berlin", dialect: "unix" as const },
        startTime: new Date("2020-01-01T00:00:00.001Z"),
        endTime: new Date("2199-01-01T00:00:00Z"),
        maxOccurrences: 2 ** 40,
        jitterMs: 1,
      },
      policy: {
        retry: {
          maxAttempts: 0,
          initialBackoffMs: 1500,
          maxBackoffMs: 60_000,
          multiplier: 1.5,
          onExhausted: "dead" as const,
        },
        timeoutMs: 1,
        misfire: "replay" as const,
        misfireGraceMs: 1,
        maxReplays: 10_000,
        jobRetentionMs: 1,
        runRetentionMs: 60_000,
      },
      priority: "urgent" as const,
    };
    await client.scheduleJob(input);
    const job = await client.getJob("round-trip");
    for (const name of ["kind", "contentType", "labels", "trigger", "policy", "priority"] as const) {
      assert.deepEqual(job[name], input[name], name);
    }
    assert.equal(Buffer.from(job.payload).toString(), "text");
    const { outcome } = await client.scheduleJob({ ...job, onConflict: "replace" });
    assert.equal(outcome, "replaced");
    const again = await client.getJob("round-trip");
    assert.deepEqual(again.policy, job.policy);
    assert.notEqual(again.uid, job.uid);
  });

  test("lists, pages and previews", async () => {
    const jobs = Array.from({ length: 25 }, (_, n) => ({
      slug: `list-${String(n).padStart(2, "0")}`,
      kind: "lists",
      delayMs: 3_600_000,
    }));
    const results = await client.scheduleJobs(jobs);
    assert.ok(results.every(({ error, outcome }) => error === undefined && outcome === "created"));
    const filter = { kinds: ["lists"] };
    const slugs: string[] = [];
    for await (const { slug } of client.listJobs({ filter, pageSize: 10 })) slugs.push(slug);
    assert.deepEqual(
      slugs,
      jobs.map(({ slug }) => slug),
    );
    const streamed: string[] = [];
    for await (const slug of client.listJobSlugs(filter)) streamed.push(slug);
    assert.deepEqual(streamed, slugs);
    const page = await client.listJobsPage({ filter, pageSize: 10 });
    assert.deepEqual([page.items.length, page.nextPageToken !== ""], [10, true]);
    assert.deepEqual(await client.clearJobs({ filter }), { count: 25, more: false });

    const { times } = await client.previewTrigger(
      { cron: "0 0 29 2 *" },
      { afterTime: new Date("2025-01-01"), count: 2 },
    );
    assert.deepEqual(times, [new Date("2028-02-29"), new Date("2032-02-29")]);
  });

  test("sees how kinds stand, and the servers", async () => {
    await client.scheduleJob({ slug: "stats", kind: "counted", delayMs: 60_000 });
    const { kinds, servers } = await client.getStats(["counted", "unknown"]);
    const none = { running: 0, retrying: 0, paused: 0, dead: 0, completed: 0, workers: 0, free: 0 };
    assert.deepEqual(kinds, [
      { kind: "counted", scheduled: 1, ...none, estimated: false, oldestLatenessMs: 0 },
      { kind: "unknown", scheduled: 0, ...none, estimated: false, oldestLatenessMs: 0 },
    ]);
    const { kinds: all } = await client.getStats();
    assert.ok(all.some(({ kind }) => kind === "counted") && all.every(({ kind }) => kind !== "unknown"));
    await client.deleteJob("stats");
    const { serverId, version } = await client.getServerInfo();
    assert.deepEqual(
      servers.map((one) => [one.serverId, one.version]),
      [[serverId, version]],
    );
    const { startTime, renewTime } = servers[0] ?? {};
    assert.ok(startTime && renewTime && startTime <= renewTime);
  });

  test("pauses kinds, and resumes them", async () => {
    const paused = await client.pauseKind("pausing", { reason: "deploy" });
    assert.deepEqual([paused.name, paused.pause?.reason], ["pausing", "deploy"]);
    const { warnings } = await client.scheduleJob({ slug: "pausing", kind: "pausing" });
    assert.ok(warnings.includes("the kind pausing is paused: the job waits until it is resumed"));
    assert.equal((await client.getJob("pausing")).waitingFor, "kind_paused");
    assert.deepEqual((await client.getKind("pausing")).pause, paused.pause);
    assert.equal((await client.resumeKind("pausing")).pause, undefined);
    assert.equal((await client.getJob("pausing")).waitingFor, "no_worker");
    await client.deleteJob("pausing");
    await assert.rejects(client.resumeKind("no-such-kind"), { reason: "KIND_NOT_FOUND" });
  });

  test("registers kinds", async () => {
    const kind = { name: "reports", description: "d", maxRunning: 2, policy: { timeoutMs: 1000 } };
    assert.equal((await client.registerKind(kind)).created, true);
    assert.equal((await client.registerKind(kind)).created, false);
    await assert.rejects(client.registerKind({ ...kind, maxRunning: 3 }), { code: "ALREADY_EXISTS" });
    assert.equal((await client.registerKind({ ...kind, maxRunning: 3, replace: true })).kind.maxRunning, 3);
    assert.deepEqual((await client.getKind("reports")).policy, { timeoutMs: 1000 });
    const names: string[] = [];
    for await (const { name } of client.listKinds()) names.push(name);
    assert.ok(names.includes("reports"));
  });
});
