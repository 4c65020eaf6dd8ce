import assert from "node:assert/strict";
import { pauseJob, resumeJob } from "../../../src/core/edits.js";
import type { Priority, StoredJob } from "../../../src/core/job.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, put, range, read } from "./jobs.js";
import { claim, claimOne, failure, finish, open, record, slugs, success } from "./tasks.js";

export const claimCases = new Cases();

claimCases.add(4, "a job is not locked before its due time, and is locked at exactly that time", async ({ store }) => {
  await put(store, job("a", { dueAt: at(10) }));
  const lease = await open(store);
  assert.deepEqual(await claim(store, { lease, now: new Date(at(10).getTime() - 1) }), []);
  const before = await read(store, "a");
  const out = await claimOne(store, { lease, now: at(10) });
  const { due, ...rest } = before;
  const expected: StoredJob = {
    ...rest,
    attempt: 1,
    rev: before.rev + 1,
    fence: before.fence + 1,
    updatedAt: out.updatedAt,
    lock: { token: out.lock.token, lease, since: at(10) },
  };
  assert.deepEqual(out, expected);
  assert.deepEqual(await store.get("a"), expected);
  assert.match(out.lock.token, /^[0-9a-f]{32}$/);
});

claimCases.add(5, "the highest priority first, then the oldest due, then by slug", async ({ store }) => {
  const jobs = [0, 1, 2, 3].flatMap((priority) =>
    [3, 1, 2].flatMap((second) =>
      ["b", "a", "B", "\uffee", "😀"].map((name) => ({ name: `${name}-${second}-${priority}`, second, priority })),
    ),
  );
  const expected = jobs.toSorted(
    (one, other) =>
      one.priority - other.priority ||
      one.second - other.second ||
      Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)),
  );
  await put(store, ...jobs.map((one) => job(one.name, { dueAt: at(one.second), priority: one.priority as Priority })));
  const lease = await open(store);
  const order: string[] = [];
  for (const limit of [1, 2, 17, 1_000]) order.push(...slugs(await claim(store, { lease, now: at(10), limit })));
  assert.deepEqual(
    order,
    expected.map(({ name }) => name),
  );
});

claimCases.add(6, "room of each kind and the limit are both kept; without room there is nothing", async ({ store }) => {
  await put(store, ...range(10).flatMap((n) => ["a", "b", "c"].map((kind) => job(`${kind}${n}`, { kind }))));
  const lease = await open(store);
  const lock = async (room: Record<string, number>, limit: number) => {
    const request = { room: new Map(Object.entries(room)), maxRunning: new Map<string, number>() };
    const taken = await store.lock({ ...request, lease, now: at(0), limit });
    const of = (kind: string) => taken.filter((one) => one.kind === kind).length;
    return { a: of("a"), b: of("b"), c: of("c") };
  };
  assert.deepEqual(await lock({ a: 0, unknown: 5 }, 100), { a: 0, b: 0, c: 0 });
  assert.deepEqual(await lock({}, 100), { a: 0, b: 0, c: 0 });
  assert.deepEqual(await lock({ a: 3 }, 0), { a: 0, b: 0, c: 0 });
  assert.deepEqual(await lock({ a: 3, b: 1 }, 100), { a: 3, b: 1, c: 0 });
  const some = await lock({ a: 5, b: 5 }, 6);
  assert.equal(some.a + some.b, 6);
  const rest = await lock({ a: 100, b: 100, c: 100 }, 1_000);
  assert.deepEqual(rest, { a: 7 - some.a, b: 9 - some.b, c: 10 });
});

claimCases.add(6, "no kind starves where the rooms together exceed the limit", async ({ store }) => {
  const kinds = ["a", "b", "c", "d", "e"];
  await put(store, ...range(200).flatMap((n) => kinds.map((kind) => job(`${kind}${n}`, { kind }))));
  const lease = await open(store);
  const taken: StoredJob[] = [];
  for (const _ of range(40)) taken.push(...(await claim(store, { lease, now: at(0), kinds, room: 10, limit: 20 })));
  assert.equal(taken.length, 800);
  for (const kind of kinds)
    assert.ok(
      taken.some((one) => one.kind === kind),
      `${kind} got nothing in 40 turns`,
    );
});

claimCases.add(7, "nextRun is the earliest over kinds and levels, of what may be claimed", async ({ store }) => {
  assert.equal(await store.nextRun(["mail"]), undefined);
  const lease = await open(store);
  await put(store, job("locked", { dueAt: at(1) }));
  await claimOne(store, { lease, now: at(1) });
  await put(
    store,
    job("paused", { dueAt: at(2), pause: { reason: "", at: at(0) } }),
    job("dead", { dueAt: at(3), dead: "exhausted" }),
    job("asked", { dueAt: at(9), pause: { reason: "", at: at(0) }, cause: "run_job" }),
    job("low", { dueAt: at(8), priority: 3 }),
    job("high", { dueAt: at(10), priority: 0 }),
    job("other", { dueAt: at(6), kind: "other" }),
  );
  assert.deepEqual(await store.nextRun(["mail"]), at(8));
  assert.deepEqual(await store.nextRun(["mail", "other", "unknown"]), at(6));
  assert.deepEqual(await store.nextRun(["other"]), at(6));
  assert.equal(await store.nextRun(["unknown"]), undefined);
  assert.equal(await store.nextRun([]), undefined);
});

claimCases.add(8, "a lock takes the job out of nextRun; a release with a due time puts it back", async ({ store }) => {
  await put(store, job("a", { everyMs: 5_000 }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  assert.equal(await store.nextRun(["mail"]), undefined);
  assert.deepEqual(await claim(store, { lease, now: at(1_000) }), []);
  assert.equal(await finish(store, out, { endedAt: at(1) }), "recorded");
  assert.deepEqual(await store.nextRun(["mail"]), at(5));
  const next = await claimOne(store, { lease, now: at(5) });
  assert.notEqual(next.lock.token, out.lock.token);
  assert.equal(next.counts.succeeded, 1);
});

claimCases.add(9, "a paused job is not locked, a resumed one is, at its old time", async ({ store }) => {
  await put(store, job("a", { dueAt: at(1) }));
  const lease = await open(store);
  await store.edit(["a"], (one) => pauseJob(one, "wait", editing(at(2))));
  assert.equal((await read(store, "a")).due, undefined);
  assert.deepEqual((await read(store, "a")).at, at(1));
  assert.deepEqual(await claim(store, { lease, now: at(3) }), []);
  await store.edit(["a"], (one) => resumeJob(one));
  assert.deepEqual((await read(store, "a")).due, at(1));
  assert.deepEqual((await claimOne(store, { lease, now: at(3) })).at, at(1));
});

claimCases.add(9, "a job that is paused while its task is out waits after it", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  await store.edit(["a"], (one) => pauseJob(one, "wait", editing(at(0))));
  assert.equal(await record(store, out), "recorded");
  assert.deepEqual(await claim(store, { lease, now: at(100) }), []);
  await store.edit(["a"], (one) => resumeJob(one));
  assert.equal((await claim(store, { lease, now: at(100) })).length, 1);
});

claimCases.add(11, "the fence grows with every hand-out, also over delete and re-create", async ({ store, clock }) => {
  const lease = await open(store);
  let fence = 0;
  for (const outcome of [failure, failure, success]) {
    if (!(await store.get("a"))) await put(store, job("a", { fence: clock.now().getTime() * 1_000 }));
    const out = await claimOne(store, { lease, now: (await store.nextRun(["mail"])) ?? at(0) });
    assert.ok(out.fence > fence);
    fence = out.fence;
    assert.equal(await finish(store, out, { outcome }), "recorded");
  }
  assert.equal(await store.get("a"), undefined);
  clock.turn(1);
  await put(store, job("a", { fence: clock.now().getTime() * 1_000 }));
  assert.ok((await claimOne(store, { lease, now: at(1) })).fence > fence);
});
