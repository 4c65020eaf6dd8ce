import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { limit } from "../../src/core/limits.js";
import type { WatchedRuns } from "../../src/service/watch/watch-runs.js";
import type { Store } from "../../src/store/store.js";
import { CLUSTERS, type ServiceCluster } from "./cluster.js";
import { Watcher } from "./watcher.js";

async function memoryCluster(jobs = 200): Promise<ServiceCluster> {
  const [memory] = CLUSTERS;
  assert.ok(memory);
  return await (await memory.open()).start(2, jobs);
}

/** Counts the reads of the history, and the runs that they bring. */
function counted(store: Store) {
  const counts = { looks: 0, reads: 0, runs: 0 };
  const { runPlaces, runsAt } = store;
  store.runPlaces = async (request) => {
    counts.looks++;
    return await runPlaces.call(store, request);
  };
  store.runsAt = async (places, results) => {
    counts.reads++;
    counts.runs += places.length;
    return await runsAt.call(store, places, results);
  };
  return counts;
}

test("who watches nothing costs nothing, ten watchers cost two looks a second, and what the feed told is not read", async () => {
  await using cluster = await memoryCluster();
  const counts = counted(cluster.server(0).store);
  for (let n = 0; n < 20; n++) await cluster.pass(500);
  assert.deepEqual(counts, { looks: 0, reads: 0, runs: 0 });
  const watchers = Array.from({ length: 10 }, () => new Watcher());
  for (const watcher of watchers) await watcher.connect(cluster.server(0));
  counts.looks = 0;
  for (let n = 0; n < 40; n++) {
    await cluster.end(0);
    await cluster.pass(500);
  }
  assert.deepEqual(counts, { looks: 40, reads: 0, runs: 0 });
  for (let n = 0; n < 5; n++) await cluster.end(1);
  await cluster.pass(500);
  assert.deepEqual(counts, { looks: 41, reads: 1, runs: 5 });
  for (const watcher of watchers) {
    await watcher.disconnect();
    assert.equal(watcher.runs.length, 45);
  }
  for (let n = 0; n < 20; n++) await cluster.pass(500);
  assert.equal(counts.looks, 41);
  for (const server of cluster.servers) assert.equal(server.clock.waiting, 0);
});

/** Both servers' store can't be read, as long as it is down. */
function outage(t: TestContext, { store }: { readonly store: Store }) {
  const state = { down: false };
  for (const name of ["runPlaces", "runsAt", "identity"] as const) {
    const call = store[name].bind(store) as (...args: unknown[]) => Promise<unknown>;
    t.mock.method(store, name, async (...args: unknown[]) => {
      if (state.down) throw new TickwireError("STORE_DOWN", "out of reach");
      return await call(...args);
    });
  }
  return state;
}

test("a watch outlasts an outage of the store, hears its own server's runs meanwhile, and then what it missed", async (t) => {
  await using cluster = await memoryCluster();
  const state = outage(t, cluster.server(0));
  const watcher = new Watcher();
  await watcher.connect(cluster.server(0));
  state.down = true;
  const ended = [await cluster.end(1), await cluster.end(0)];
  for (let n = 0; n < 120; n++) await cluster.pass(500);
  assert.deepEqual(watcher.slugs, [ended[1]]);
  state.down = false;
  for (let n = 0; n < 8; n++) await cluster.pass(500);
  assert.deepEqual([watcher.slugs.toSorted(), watcher.gaps, watcher.error], [ended.toSorted(), [], undefined]);
  await watcher.disconnect();
});

test("what expired while the store could not be read, or the watcher was away, is a gap", async (t) => {
  await using cluster = await memoryCluster();
  const { store } = cluster.server(0);
  const state = outage(t, cluster.server(0));
  const [stays, leaves] = [new Watcher(), new Watcher()];
  for (const watcher of [stays, leaves]) await watcher.connect(cluster.server(0));
  await leaves.disconnect();
  state.down = true;
  await cluster.end(1);
  for (let days = 0; days < 30; days++) await cluster.pass(86_400_000);
  while (await store.sweep());
  state.down = false;
  const kept = await cluster.end(1);
  for (let n = 0; n < 10; n++) await cluster.pass(500);
  await leaves.connect(cluster.server(1));
  await cluster.pass(0);
  for (const watcher of [stays, leaves]) {
    assert.deepEqual([watcher.slugs, watcher.gaps], [[kept], [0]]);
    await watcher.disconnect();
  }
});

test("opening a watch while the store is down is refused, and leaves nothing behind", async (t) => {
  await using cluster = await memoryCluster();
  const state = outage(t, cluster.server(0));
  const watcher = new Watcher();
  await watcher.connect(cluster.server(0));
  await watcher.disconnect();
  state.down = true;
  for (const one of [watcher, new Watcher()])
    await assert.rejects(one.connect(cluster.server(0)), { reason: "STORE_DOWN" });
  assert.equal(cluster.server(0).clock.waiting, 0);
});

test("a watcher that was told of a gap goes on behind it", async () => {
  await using cluster = await memoryCluster(limit("watch_buffer_runs") + 1_000);
  const { service } = cluster.server(0);
  const ending = new AbortController();
  const stream = service.watchRuns({ filter: {}, full: false }, ending.signal)[Symbol.asyncIterator]();
  await stream.next();
  while ((await cluster.end(1)) !== undefined);
  await cluster.pass(500);
  const { value } = await stream.next();
  assert.equal(value?.gap, true);
  ending.abort();
  await stream.return?.();
  const watcher = new Watcher();
  watcher.cursor = value?.cursor;
  await watcher.connect(cluster.server(1));
  await cluster.pass(500);
  await watcher.disconnect();
  // Some 10,000 are lost, and the others are all that is to come.
  const left = value?.runs.length ?? 0;
  assert.ok(left >= 1_000 && left < 2_000, `${left} runs`);
  assert.deepEqual([watcher.runs.length, watcher.gaps], [0, []]);
});

test("going on with a filter brings what it means and nothing else, with results where they are asked for", async () => {
  await using cluster = await memoryCluster();
  const watcher = new Watcher({ filter: { slug: "job-11" }, full: true });
  await watcher.connect(cluster.server(0));
  await watcher.disconnect();
  for (let n = 0; n < 50; n++) await cluster.end(1);
  await watcher.connect(cluster.server(1));
  await cluster.pass(500);
  assert.deepEqual(
    watcher.runs.map(({ slug, result }) => [slug, [...result]]),
    [["job-11", [7]]],
  );
  await watcher.disconnect();
});

test("a watcher that was away for many runs gets them in parts, oldest first, and memory holds one part", async () => {
  await using cluster = await memoryCluster(5_000);
  const counts = counted(cluster.server(0).store);
  const watcher = new Watcher();
  await watcher.connect(cluster.server(0));
  await watcher.disconnect();
  const ended: (string | undefined)[] = [];
  for (let n = 0; n < 5_000; n++) ended.push(await cluster.end(0));
  Object.assign(counts, { looks: 0, reads: 0, runs: 0 });
  await watcher.connect(cluster.server(0));
  for (let n = 0; n < 20; n++) await cluster.pass(100);
  assert.deepEqual(watcher.slugs, ended);
  assert.ok(counts.runs === 5_000 && counts.reads >= 25, `${counts.reads} reads of ${counts.runs} runs`);
  await watcher.disconnect();
});

test("a watcher that breaks off while runs wait for it gets them from its cursor", async () => {
  await using cluster = await memoryCluster(6_000);
  const ending = new AbortController();
  const stream = cluster
    .server(0)
    .service.watchRuns({ filter: {}, full: false }, ending.signal)
    [Symbol.asyncIterator]();
  await stream.next();
  const ended: (string | undefined)[] = [];
  for (let n = 0; n < 6_000; n++) ended.push(await cluster.end(n % 2));
  await cluster.pass(500);
  const { value } = (await stream.next()) as IteratorYieldResult<WatchedRuns>;
  ending.abort();
  await stream.return?.();
  const first = value.runs.map(({ slug }) => slug);
  assert.ok(first.length > 0 && first.length < 6_000);
  const watcher = new Watcher();
  watcher.cursor = value.cursor;
  await watcher.connect(cluster.server(1));
  for (let n = 0; n < 20; n++) await cluster.pass(100);
  await watcher.disconnect();
  assert.deepEqual([...new Set([...first, ...watcher.slugs])].sort(), ended.sort());
});

test("what was recorded before a watch was opened is not told to it, also where others watch already", async () => {
  await using cluster = await memoryCluster();
  const [early, late] = [new Watcher(), new Watcher()];
  await early.connect(cluster.server(0));
  await cluster.pass(300);
  const before = await cluster.end(1);
  await late.connect(cluster.server(0));
  const { cursor } = late;
  const after = await cluster.end(1);
  await cluster.pass(500);
  await late.disconnect();
  await early.disconnect();
  assert.deepEqual([early.slugs, late.slugs], [[before, after], [after]]);
  const again = new Watcher();
  again.cursor = cursor;
  await again.connect(cluster.server(1));
  await cluster.pass(0);
  assert.deepEqual(again.slugs, [after]);
  await again.disconnect();
});

test("a run that the feed tells while a watcher joins, and that it can't read in the history yet, is told", async () => {
  const late = CLUSTERS.find(({ name }) => name.includes("late"));
  assert.ok(late);
  await using cluster = await (await late.open()).start();
  const watcher = new Watcher();
  await watcher.connect(cluster.server(0));
  await watcher.disconnect();
  const ended = [await cluster.end(1), await cluster.end(1)];
  const { store } = cluster.server(0);
  const { runPlaces } = store;
  store.runPlaces = async (request) => {
    const part = await runPlaces.call(store, request);
    // The tail begins, and the third run comes 300 ms after its place.
    if (request.after === undefined) ended.push(await cluster.end(0));
    return part;
  };
  await watcher.connect(cluster.server(0));
  for (let n = 0; n < 30; n++) await cluster.pass(500);
  await watcher.disconnect();
  assert.deepEqual([watcher.slugs.toSorted(), watcher.twice], [ended.toSorted(), []]);
  assert.equal(ended.length, 3);
});

test("a run that comes to stand in the history between the watcher's reading and the tail's beginning is found", async () => {
  const late = CLUSTERS.find(({ name }) => name.includes("late"));
  assert.ok(late);
  await using cluster = await (await late.open()).start();
  const watcher = new Watcher();
  await watcher.connect(cluster.server(0));
  await watcher.disconnect();
  // The fifth comes 2.5 s after its place.
  const ended: (string | undefined)[] = [];
  for (let n = 0; n < 5; n++) ended.push(await cluster.end(1));
  await cluster.pass(2_499);
  const { store } = cluster.server(0);
  const { runPlaces } = store;
  store.runPlaces = async (request) => {
    const part = await runPlaces.call(store, request);
    cluster.now = new Date(cluster.now.getTime() + 1);
    return part;
  };
  await watcher.connect(cluster.server(0));
  await cluster.pass(0);
  store.runPlaces = runPlaces;
  for (let n = 0; n < 20; n++) await cluster.pass(500);
  await watcher.disconnect();
  assert.deepEqual([watcher.slugs.toSorted(), watcher.twice], [ended.toSorted(), []]);
});
