import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { Metadata, status } from "@grpc/grpc-js";
import { TickwireError } from "../../src/core/errors.js";
import { silentLog } from "../../src/core/log.js";
import type { Run } from "../../src/core/run.js";
import {
  GetJobRequest,
  GetServerInfoRequest,
  RequeueJobsRequest,
  ScheduleJobRequest,
  WatchRunsRequest,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { errorOf, startHarness } from "./harness.js";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe("handlers", () => {
  test("a fault of the server is INTERNAL with an id that its log has, and the server goes on", async (t) => {
    const logged: { errorId?: string; call?: string; err?: Error }[] = [];
    const log = { ...silentLog, error: (facts: object) => logged.push(facts) };
    const harness = await startHarness({
      log,
      wrap: (store) => Object.assign(store, { get: () => Promise.reject(new TypeError("x is not a function")) }),
    });
    t.after(() => harness.close());
    const error = await errorOf(harness.call("getJob", GetJobRequest.create({ slug: "a" })));
    assert.equal(error.code, status.INTERNAL);
    assert.equal(error.reason, "INTERNAL");
    assert.ok(!error.message.includes("not a function"));
    assert.deepEqual(
      logged.map(({ errorId, call, err }) => [errorId, call, err?.message]),
      [[new Map(Object.entries(error.facts)).get("errorId"), "/tickwire.v1.Scheduler/GetJob", "x is not a function"]],
    );
    await harness.call("getServerInfo", GetServerInfoRequest.create());
  });

  test("a fault in the middle of a stream ends it with INTERNAL and an id", async (t) => {
    const logged: object[] = [];
    const log = { ...silentLog, error: (facts: object) => logged.push(facts) };
    const harness = await startHarness({
      log,
      wrap: (store) => Object.assign(store, { list: () => Promise.reject(new Error("broken")) }),
    });
    t.after(() => harness.close());
    const stream = harness.client.listJobSlugs({ filter: undefined });
    stream.resume();
    const [error] = await once(stream, "error").catch((thrown: unknown) => [thrown]);
    assert.equal((error as { code: number }).code, status.INTERNAL);
    assert.equal(logged.length, 1);
  });

  test("a store that is down is UNAVAILABLE, with a time to try again", async (t) => {
    const down = new TickwireError("STORE_DOWN", "the store can't be reached");
    const harness = await startHarness({ wrap: (store) => Object.assign(store, { get: () => Promise.reject(down) }) });
    t.after(() => harness.close());
    const error = await errorOf(harness.call("getJob", GetJobRequest.create({ slug: "a" })));
    assert.equal(error.code, status.UNAVAILABLE);
    assert.equal(error.reason, "STORE_DOWN");
  });

  test("a caller that cancels ends the work that was begun for it", async (t) => {
    let lists = 0;
    const harness = await startHarness({
      wrap: (store) =>
        Object.assign(store, {
          list: async () => {
            lists++;
            await turn();
            return { items: [], next: "and so on" };
          },
        }),
    });
    t.after(() => harness.close());
    const call = harness.client.requeueJobs(RequeueJobsRequest.create({ all: true }), () => {});
    await until(() => lists > 3);
    call.cancel();
    // It goes on for ever otherwise: the clock of this test stands still.
    let before: number;
    do {
      before = lists;
      for (let n = 0; n < 50; n++) await turn();
    } while (lists > before);
  });

  test("a watcher that does not read is not written to beyond what the stream holds, and sees the gap when it does", async (t) => {
    const harness = await startHarness();
    t.after(() => harness.close());
    let listeners = 0;
    const { subscribe } = harness.dispatch.feed;
    harness.dispatch.feed.subscribe = (listener) => {
      const end = subscribe.call(harness.dispatch.feed, listener);
      listeners++;
      return () => {
        listeners--;
        end();
      };
    };
    const stream = harness.client.watchRuns(WatchRunsRequest.create());
    await once(stream, "data");
    stream.pause();
    const error = "e".repeat(8_000);
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 20_000; n++) {
      harness.dispatch.feed.publish([aRun(n, error)]);
      if (n % 100 === 0) await turn();
    }
    const grown = process.memoryUsage().heapUsed - before;
    assert.ok(grown < 100 * 1_048_576, `${grown} bytes for 160 MB of runs`);
    let gap = false;
    let newest = "";
    stream.on("data", (answer: { gap: boolean; runs: { runId: string }[] }) => {
      gap ||= answer.gap;
      newest = answer.runs.at(-1)?.runId ?? newest;
    });
    stream.on("error", () => {});
    stream.resume();
    await until(() => newest === "r19999");
    assert.equal(gap, true);
    stream.cancel();
    await until(() => listeners === 0);
  });

  test("a job carries the trace context of its schedule call, and none that is not one", async (t) => {
    const harness = await startHarness();
    t.after(() => harness.close());
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const schedule = async (slug: string, headers: Record<string, string>) => {
      const metadata = new Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      await harness.call("scheduleJob", ScheduleJobRequest.create({ job: { slug, kind: "mail" } }), metadata);
      return (await harness.store.get(slug))?.traceContext;
    };
    assert.deepEqual(await schedule("a", { traceparent, tracestate: "a=b" }), { traceparent, tracestate: "a=b" });
    assert.deepEqual(await schedule("b", { traceparent }), { traceparent });
    assert.deepEqual(await schedule("c", { traceparent: `${traceparent}-extra` }), {});
    assert.deepEqual(await schedule("d", { tracestate: "a=b" }), {});
  });
});

function aRun(n: number, error: string): Run {
  const at = new Date(n);
  const effect = {
    outcome: { type: "released" },
    by: "worker",
    endedAt: at,
    unit: 0,
    workerId: "",
    serverId: "",
  } as const;
  const ids = { token: `t${n}`, runId: `r${n}`, slug: "a", jobUid: "u", kind: "mail", workerId: "w", serverId: "s" };
  const times = { occurrence: at, dueAt: at, startedAt: at, endedAt: at, expireAt: at };
  const result = { result: new Uint8Array(), resultTruncated: false, error, state: "failed", by: "worker" } as const;
  return { ...ids, ...times, ...result, cause: "trigger", attempt: 1, hidden: false, effect };
}
