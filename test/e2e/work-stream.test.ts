import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { credentials, status } from "@grpc/grpc-js";
import {
  ScheduleJobsRequest,
  type ScheduleJobsResponse,
  SchedulerClient,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { ReceiptState, type Result } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { type ServerProcess, startServer } from "../cli/tickwire-process.js";
import { DeafWorker } from "../rpc-stream/deaf-worker.js";
import { detailsOf, hello, RawWorker } from "../rpc-stream/raw-worker.js";

const PING = { $case: "ping", value: {} } as const;
const MIB = 1_048_576;
/** Jobs of 1 MiB: ten times what the server's memory may vary by. */
const BACKLOG = 240;

async function start(t: TestContext, words: readonly string[] = []) {
  const server = await startServer(t, ["--store", "memory:", ...words]);
  const client = new SchedulerClient(server.grpc, credentials.createInsecure());
  t.after(() => client.close());
  return { server, client };
}

/** Jobs that are due at once. */
async function scheduleJobs(client: SchedulerClient, total: number, payload = Buffer.alloc(0)): Promise<void> {
  const perCall = Math.max(1, Math.min(1_000, Math.floor((3 * MIB) / (payload.length + 1))));
  for (let first = 0; first < total; first += perCall) {
    const count = Math.min(perCall, total - first);
    const requests = Array.from({ length: count }, (_, i) => {
      const trigger = { schedule: { $case: "once", value: {} } } as const;
      return { job: { slug: `job-${first + i}`, kind: "mail", payload, trigger } };
    });
    const request = ScheduleJobsRequest.create({ requests });
    const { results } = await new Promise<ScheduleJobsResponse>((resolve, reject) => {
      client.scheduleJobs(request, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    assert.deepEqual(
      results.map(({ error }) => error),
      requests.map(() => undefined),
    );
  }
}

const success = { result: Buffer.alloc(0), payload: undefined, nextTime: undefined, lastRun: false };
const done = (task: { readonly slug: string; readonly token: Buffer }): Result => ({
  slug: task.slug,
  token: task.token,
  outcome: { $case: "success", value: success },
});

describe("a worker's stream", () => {
  test("from hello to receipt", async (t) => {
    const { client } = await start(t);
    await scheduleJobs(client, 1, Buffer.from("hi"));
    const worker = new RawWorker(client);
    worker.hello();
    const welcome = await worker.next("welcome");
    assert.equal(welcome.workerId, "w1");
    assert.equal(welcome.pingInterval?.seconds, 3n);
    assert.equal(welcome.reconnectGrace?.seconds, 10n);
    assert.equal(welcome.protocolRevision, 1);
    const [task] = (await worker.next("tasks")).tasks;
    assert.ok(task);
    assert.deepEqual(task.payload, Buffer.from("hi"));
    assert.equal(task.attempt, 1);
    worker.say({ $case: "results", value: { results: [done(task)] } });
    const [receipt] = (await worker.next("receipts")).receipts;
    assert.deepEqual([receipt?.token, receipt?.state], [task.token, ReceiptState.RECORDED]);
  });

  test("ends with DEADLINE_EXCEEDED where hello does not come", async (t) => {
    const { client } = await start(t, ["--hello-limit", "200ms"]);
    const worker = new RawWorker(client);
    const ended = await worker.ended;
    assert.equal(ended.code, status.DEADLINE_EXCEEDED);
    assert.equal(detailsOf(ended).reason, "HELLO_LATE");
  });

  test("ends with UNAVAILABLE after three pings of silence, and stays open while pings come", async (t) => {
    const { client } = await start(t, ["--ping", "300ms", "--grace", "5s"]);
    const silent = new RawWorker(client);
    silent.hello();
    const alive = new RawWorker(client);
    alive.hello();
    await alive.next("welcome");
    const pings = setInterval(() => alive.say(PING), 100);
    t.after(() => clearInterval(pings));
    const ended = await silent.ended;
    assert.equal(ended.code, status.UNAVAILABLE);
    assert.equal(detailsOf(ended).reason, "WORKER_SILENT");
    assert.ok(silent.frames.some(({ $case }) => $case === "ping"));
    const outcome = await Promise.race([alive.ended, new Promise((resolve) => setTimeout(resolve, 1_500, "open"))]);
    assert.equal(outcome, "open");
  });

  test("whose first frame is another, or that says hello twice, ends with INVALID_ARGUMENT", async (t) => {
    const { client } = await start(t);
    const rude = new RawWorker(client);
    rude.say(PING);
    assert.equal((await rude.ended).code, status.INVALID_ARGUMENT);
    const twice = new RawWorker(client);
    twice.hello();
    twice.hello();
    assert.equal((await twice.ended).code, status.INVALID_ARGUMENT);
  });

  test("takes unknown, duplicate and unacceptable results without an end", async (t) => {
    const { client } = await start(t);
    await scheduleJobs(client, 2);
    const worker = new RawWorker(client);
    worker.hello();
    const tasks: { slug: string; token: Buffer }[] = [];
    while (tasks.length < 2) tasks.push(...(await worker.next("tasks")).tasks);
    const [first, second] = tasks;
    assert.ok(first && second);
    const bad: Result = { ...done(second), outcome: undefined };
    const stranger: Result = { ...done(first), token: Buffer.alloc(16, 7) };
    const wrong: Result = { ...done(first), token: Buffer.from("short") };
    worker.say({ $case: "results", value: { results: [done(first), bad, stranger, wrong] } });
    const states = new Map<string, ReceiptState>();
    while (states.size < 4) {
      for (const { token, state } of (await worker.next("receipts")).receipts) states.set(token.toString("hex"), state);
    }
    const stateOf = ({ token }: { readonly token: Buffer }) => states.get(token.toString("hex"));
    assert.deepEqual([first, second, stranger, wrong].map(stateOf), [
      ReceiptState.RECORDED,
      ReceiptState.REJECTED,
      ReceiptState.STALE,
      ReceiptState.STALE,
    ]);
    // Once more: this worker's result was recorded before.
    worker.say({ $case: "results", value: { results: [done(first)] } });
    assert.equal((await worker.next("receipts")).receipts[0]?.state, ReceiptState.RECORDED);
  });
});

describe("places", () => {
  test("a worker with 3 never holds more than 3, over 200 jobs", async (t) => {
    const { client } = await start(t);
    await scheduleJobs(client, 200);
    const worker = new RawWorker(client);
    worker.hello();
    const held = new Map<string, { slug: string; token: Buffer }>();
    let finished = 0;
    let most = 0;
    await new Promise<void>((resolve) => {
      worker.stream.on("data", ({ frame }) => {
        if (frame?.$case === "tasks") {
          for (const task of frame.value.tasks) held.set(task.token.toString("hex"), task);
          most = Math.max(most, held.size);
          worker.say({ $case: "results", value: { results: frame.value.tasks.map(done) } });
        }
        if (frame?.$case !== "receipts") return;
        for (const { token } of frame.value.receipts) {
          held.delete(token.toString("hex"));
          finished++;
        }
        if (finished === 200) resolve();
      });
    });
    assert.equal(most, 3);
  });

  for (const [what, maxTasks] of [
    ["three places", 3],
    ["a place for each task", BACKLOG],
  ] as const) {
    test(`a worker with ${what} that stops reading gets no more than fits, and the server's memory stays flat`, async (t) => {
      const { server, client } = await start(t, ["--ping", "200ms", "--grace", "1m"]);
      await scheduleJobs(client, BACKLOG, Buffer.alloc(MIB, 1));
      const deaf = new DeafWorker(server.grpc);
      t.after(() => deaf.close());
      const before = await settledRss(server);
      const capacity = { maxTasks, kinds: [{ kind: "mail", maxTasks: undefined }] };
      await deaf.say({ $case: "hello", value: hello({ capacity }) });
      await runningOf(client, 3);
      // Its pings keep it alive: many of the server's own long it may get more, or pile up what it does not read.
      const grown: number[] = [];
      for (let pings = 0; pings < 30; pings++) {
        await deaf.say(PING);
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.ok((await runningOf(client)) <= maxTasks);
        grown.push(rssOf(server) - before);
      }
      // The transport takes 4 MiB and what one frame is beyond it; the rest is room for what is not collected yet.
      const last = grown.slice(-10).sort((a, b) => a - b);
      assert.ok((last[5] ?? 0) < 24 * MIB, `the server grew by ${last.map((bytes) => Math.round(bytes / MIB))} MiB`);
    });
  }
});

/** Tasks that the one worker has; waits for so many where `least` is given. */
async function runningOf(client: SchedulerClient, least = 0): Promise<number> {
  for (;;) {
    const { workers } = await new Promise<{ workers: { running: number }[] }>((resolve, reject) => {
      client.listWorkers({ pageSize: 0, pageToken: "" }, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    const running = workers[0]?.running ?? 0;
    if (running >= least) return running;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Once it has stopped changing: what the calls before have left is collected then. */
async function settledRss(server: ServerProcess): Promise<number> {
  const seen: number[] = [];
  for (;;) {
    seen.push(rssOf(server));
    const last = seen.slice(-10);
    if (last.length === 10 && Math.max(...last) - Math.min(...last) < MIB) return rssOf(server);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Resident memory of a process on Linux, in bytes. */
function rssOf({ child }: ServerProcess): number {
  const pages = readFileSync(`/proc/${child.pid}/statm`, "utf8").split(" ")[1];
  return Number(pages) * 4_096;
}
