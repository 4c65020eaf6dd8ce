import assert from "node:assert/strict";
import type { StoredJob } from "../../../src/core/job.js";
import type { Trigger, TriggerBounds } from "../../../src/core/trigger.js";
import { compareBytewise } from "../../../src/store/bytewise.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { job, put, range, read } from "./jobs.js";
import { claim, claimOne, finish, listed, open, slugs } from "./tasks.js";

export const createCases = new Cases();

createCases.add(1, "a job that was created is read back equal, its payload byte by byte", async ({ store }) => {
  const everyByte = Uint8Array.from(range(256));
  const mebibyte = new Uint8Array(1_048_576).map((_, n) => n * 31);
  const jobs = [job("empty"), job("bytes", { payload: everyByte }), job("large", { payload: mebibyte }), full()];
  await put(store, ...jobs);
  for (const one of jobs) assert.deepEqual(await store.get(one.slug), one);
  assert.equal(await store.get("absent"), undefined);
});

/** Every field that a caller's create can set. */
function full(): StoredJob {
  return job("full", {
    kind: "report",
    priority: 0,
    trigger: { type: "cron", expression: "0 5 * * 1", timeZone: "Europe/Zurich", dialect: "unix" },
    policy: {
      timeoutMs: 1,
      misfire: "skip",
      misfireGraceMs: 0,
      maxReplays: 7,
      jobRetentionMs: 86_400_000,
      runRetentionMs: 0,
      retry: { maxAttempts: 3, multiplier: 1.5 },
    },
    payload: new TextEncoder().encode('{"to":"ü"}'),
    contentType: "application/json",
    labels: { team: "blue", "a.b/c": "", "": "empty key", ["__proto__"]: "own" },
    traceContext: { traceparent: "00-1-2-01" },
    backfillOf: "other",
    createId: "call-1",
    requestId: "call-1",
    byHand: true,
    pause: { reason: "later", at: at(5) },
    etag: "any-1",
    fence: 1_735_689_600_000_001,
  });
}

const BOUNDS: TriggerBounds = {
  startTime: at(0.001),
  endTime: new Date("9999-12-31T23:59:59.999Z"),
  maxOccurrences: Number.MAX_SAFE_INTEGER,
  jitterMs: 2_678_400_000,
};
const TRIGGERS: readonly Trigger[] = [
  { type: "cron", expression: "0 5 * * 1", timeZone: "Europe/Zurich", dialect: "quartz" },
  { type: "interval", everyMs: 1, anchor: at(0.5) },
  { type: "fixed_delay", everyMs: 3_155_760_000_000 },
  { type: "once", time: at(9) },
];

createCases.add(
  1,
  "every type of trigger is read back equal, with each of its bounds and without any",
  async ({ store }) => {
    const bounds = Object.entries(BOUNDS).map(([name, value]) => ({ [name]: value }));
    const triggers = TRIGGERS.flatMap((one) => [{}, BOUNDS, ...bounds].map((some): Trigger => ({ ...one, ...some })));
    const jobs = triggers.map((trigger, n) => job(`t${n}`, { trigger }));
    await put(store, ...jobs);
    for (const one of jobs) assert.deepEqual(await store.get(one.slug), one);
  },
);

createCases.add(1, "what a caller does to its bytes afterwards changes nothing", async ({ store }) => {
  const payload = Uint8Array.of(1, 2, 3);
  await put(store, job("a", { payload }));
  payload.fill(9);
  assert.deepEqual((await read(store, "a")).payload, Uint8Array.of(1, 2, 3));
});

createCases.add(2, "a slug that is taken: exists, with the stored job, which stays as it is", async ({ store }) => {
  const first = job("a", { payload: Uint8Array.of(1), requestId: "call-1" });
  await put(store, first);
  for (const requestId of ["call-2", undefined]) {
    const second = job("a", { payload: Uint8Array.of(2), kind: "other", ...(requestId && { requestId }) });
    assert.deepEqual(await store.create([{ job: second, retry: false }]), [{ status: "exists", job: first }]);
  }
  assert.deepEqual(await store.get("a"), first);
});

createCases.add(2, "the same call again: repeated, with the stored job, which stays as it is", async ({ store }) => {
  const first = job("a", { requestId: "call-1", createId: "call-1" });
  await put(store, first);
  for (const retry of [false, true]) {
    const again = job("a", { requestId: "call-1", createId: "call-1", payload: Uint8Array.of(2) });
    assert.deepEqual(await store.create([{ job: again, retry }]), [{ status: "repeated", job: first }]);
  }
  assert.deepEqual(await store.get("a"), first);
});

createCases.add(
  2,
  "a retry of a call whose job has run and is gone: repeated, and nothing is made",
  async ({ store }) => {
    const made = { createId: "call-1", requestId: "call-1" };
    await put(store, job("a", made), job("b", made));
    const lease = await open(store);
    for (const out of await claim(store, { lease, now: at(0) })) assert.equal(await finish(store, out), "recorded");
    const retry = (slug: string, requestId: string) => ({
      job: job(slug, { requestId, createId: requestId }),
      retry: true,
    });
    const items = [retry("a", "call-1"), retry("a", "call-2"), retry("c", "call-1")];
    const results = await store.create(items);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["repeated", "created", "created"],
    );
    // Another call's job has the slug now: the retry is still a repeat, and does not take that job for its own.
    assert.deepEqual(await store.create([retry("a", "call-1")]), [{ status: "repeated" }]);
    // Not a retry: the slug is free, whatever ran under it.
    assert.deepEqual(await store.create([{ job: job("b", made), retry: false }]), [{ status: "created" }]);
  },
);

createCases.add(3, "a batch with taken slugs stores the others, and answers in order", async ({ store }) => {
  const old = job("c", { requestId: "call-1" });
  await put(store, old);
  const batch = [job("d"), job("c"), job("a"), job("a"), job("c", { requestId: "call-1" }), job("b")];
  const results = await store.create(batch.map((one) => ({ job: one, retry: false })));
  assert.deepEqual(results, [
    { status: "created" },
    { status: "exists", job: old },
    { status: "created" },
    { status: "exists", job: batch[2] },
    { status: "repeated", job: old },
    { status: "created" },
  ]);
  assert.deepEqual(await listed(store), [batch[2], batch[5], old, batch[0]]);
  assert.deepEqual(await store.create([]), []);
});

createCases.add(16, "times keep their milliseconds from 1970 to 9999, through claim and release", async ({ store }) => {
  const lease = await open(store);
  const last = new Date("9999-12-31T23:59:59.999Z");
  const times = [
    new Date(0),
    new Date(1),
    new Date("2024-02-29T23:59:59.999Z"),
    new Date("2025-03-30T01:30:00.001Z"),
    last,
  ];
  for (const [n, time] of times.entries()) {
    const made = job(`t${n}`, { dueAt: time, triggerFrom: time, createdAt: time, updatedAt: time });
    await put(store, made);
    assert.deepEqual(await store.get(made.slug), made);
    assert.deepEqual(await store.nextRun(["mail"]), time);
    const out = await claimOne(store, { lease, now: time });
    assert.deepEqual([out.at, out.occurrence, out.lock.since], [time, time, time]);
    assert.equal(await finish(store, out), "recorded");
  }
  const { items } = await store.listRuns({ filter: {}, limit: 10, results: false });
  assert.deepEqual(
    items.map(({ startedAt }) => startedAt),
    times.toReversed(),
  );
});

createCases.add(17, "any slug is kept as it is, and lists are in the order of its UTF-8 bytes", async ({ store }) => {
  const odd = [
    "a.b.c",
    "$set",
    "$",
    ".",
    "..",
    "a b",
    "%_",
    "a%",
    "é",
    "e\u0301",
    "İ",
    "\uffee",
    "😀",
    "😀a",
    "\ud7ff",
  ];
  const texts = [...odd, "A", "a", "B", "Z", "_", "~", "'", '"', "\\", "\u0001", "x".repeat(200), "😀".repeat(50)];
  await put(store, ...texts.map((slug) => job(slug)));
  for (const slug of texts) assert.equal((await read(store, slug)).slug, slug);
  const inBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(slugs(await listed(store, {}, 4)), inBytes);
  assert.deepEqual(texts.toSorted(compareBytewise), inBytes);
  assert.deepEqual(slugs(await listed(store, { slugPrefix: "😀" }, 1)), ["😀", "😀a", "😀".repeat(50)]);
  const lease = await open(store);
  assert.deepEqual(slugs(await claim(store, { lease, now: at(0) })), inBytes);
});
