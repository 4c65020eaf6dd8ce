import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../../src/core/run.js";
import type { WatchedRuns } from "../../src/service/watch/watch-runs.js";
import type { RunFilter } from "../../src/store/store.js";
import { type ServiceHarness, startService } from "./harness.js";

function run(n: number, changes: Partial<Run> = {}): Run {
  const at = new Date(n);
  const effect = {
    outcome: { type: "released" },
    by: "worker",
    endedAt: at,
    unit: 0,
    workerId: "",
    serverId: "",
  } as const;
  const ids = { token: `t${n}`, runId: `r${n}`, slug: `job-${n}`, jobUid: "u", kind: "mail" };
  const times = { occurrence: at, dueAt: at, startedAt: at, endedAt: at, expireAt: at };
  const text = { error: "", result: new Uint8Array(100), resultTruncated: false, workerId: "w", serverId: "s" };
  return {
    ...ids,
    ...times,
    ...text,
    cause: "trigger",
    attempt: 1,
    state: "succeeded",
    by: "worker",
    hidden: false,
    effect,
    ...changes,
  };
}

async function watch(filter: RunFilter = {}, full = false) {
  const harness = await startService();
  const ending = new AbortController();
  const stream = harness.service.watchRuns({ filter, full }, ending.signal)[Symbol.asyncIterator]();
  const next = async () => (await stream.next()).value as WatchedRuns;
  const opening = await next();
  return { harness, ending, stream, next, opening };
}

/** Until the watcher waits for its next run or sign of life, and the tail for its next look. */
async function waits(harness: ServiceHarness): Promise<void> {
  while (harness.clock.waiting < 2) await new Promise((resolve) => setImmediate(resolve));
}

test("the first answer is empty, and runs that end after it follow as they end", async () => {
  const { harness, next, opening } = await watch();
  assert.deepEqual(opening, { runs: [], cursor: opening.cursor, gap: false });
  assert.notEqual(opening.cursor, "");
  const coming = next();
  await waits(harness);
  harness.dispatch.feed.publish([run(1), run(2)]);
  const answer = await coming;
  assert.deepEqual(
    answer.runs.map((one) => one.runId),
    ["r1", "r2"],
  );
  assert.equal(answer.gap, false);
  assert.equal(answer.runs[0]?.result.length, 0, "BASIC: without results");
});

test("a run that ends between the opening and the first wait is not missed", async () => {
  const { harness, next } = await watch();
  harness.dispatch.feed.publish([run(1)]);
  assert.equal((await next()).runs.length, 1);
});

test("a sign of life comes after 15 s without a run", async () => {
  const { harness, next, opening } = await watch();
  for (let turn = 0; turn < 3; turn++) {
    const coming = next();
    await waits(harness);
    harness.clock.advance(14_999);
    harness.clock.advance(1);
    assert.deepEqual(await coming, { runs: [], cursor: opening.cursor, gap: false });
  }
});

test("the filter says which runs come; hidden ones never do", async () => {
  const filter = {
    slug: "job-1",
    kinds: ["mail"],
    states: ["failed"],
    endedAfter: new Date(0),
    endedBefore: new Date(50),
  } as const;
  const { harness, next } = await watch(filter, true);
  const right = { slug: "job-1", state: "failed" } as const;
  harness.dispatch.feed.publish([
    run(1, { ...right, slug: "job-2" }),
    run(2, { ...right, kind: "other" }),
    run(3, { ...right, state: "succeeded" }),
    run(50, right),
    run(4, { ...right, hidden: true }),
    run(5, right),
  ]);
  const { runs } = await next();
  assert.deepEqual(
    runs.map((one) => one.runId),
    ["r5"],
  );
  assert.equal(runs[0]?.result.length, 100, "FULL: with results");
});

test("a watcher that does not read is bounded in memory, and told of the gap before what came after it", async () => {
  const { harness, next } = await watch();
  for (let n = 0; n < 25_000; n++) harness.dispatch.feed.publish([run(n)]);
  const first = await next();
  assert.equal(first.gap, true);
  const seen = first.runs.map((one) => one.runId);
  let answers = 1;
  while (seen.at(-1) !== "r24999") {
    const answer = await next();
    assert.equal(answer.gap, false);
    seen.push(...answer.runs.map((one) => one.runId));
    answers++;
  }
  assert.ok(seen.length <= 10_000);
  assert.deepEqual(
    seen,
    Array.from({ length: seen.length }, (_, n) => `r${25_000 - seen.length + n}`),
    "none left out after it",
  );
  assert.ok(answers > 1, "an answer is at most 1 MiB");
});

test("results count: 4 MiB of them are a gap", async () => {
  const { harness, next } = await watch({}, true);
  for (let n = 0; n < 100; n++) harness.dispatch.feed.publish([run(n, { result: new Uint8Array(65_536) })]);
  const { gap, runs } = await next();
  assert.equal(gap, true);
  assert.ok(runs.length <= 16, "at most 1 MiB at once");
});

test("the watch ends with its caller, and leaves no timer and no listener behind", async () => {
  const { harness, ending, stream, next } = await watch();
  const last = next();
  await waits(harness);
  ending.abort();
  assert.equal(await last, undefined);
  assert.equal((await stream.next()).done, true);
  assert.equal(harness.clock.waiting, 0);
  harness.dispatch.feed.publish([run(1)]);
});

test("a watch that is dropped without an abort ends as well", async () => {
  const { stream } = await watch();
  await stream.return?.();
  assert.equal((await stream.next()).done, true);
});
