import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { dueOf, type JobState, type StoredJob, stateOf } from "../../src/core/job.js";
import type { Trigger } from "../../src/core/trigger.js";
import { endOfPrefix } from "../../src/store/prefix-range.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { triggerInputOf, triggerOf, triggerText } from "../../src/store/text/trigger-text.js";
import { finished, item, onceJob, temporaryFolder } from "./fixtures.js";

/** As objects are written: fast-check also makes some without a prototype, which are equal to none. */
const record = ((model: Record<string, fc.Arbitrary<unknown>>, constraints: object = {}) =>
  fc.record(model, { ...constraints, noNullPrototype: true })) as typeof fc.record;
const instant = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
const count = fc.nat(2 ** 40);
/** NUL, quotes, lone surrogates and all. */
const text = fc.string({ unit: "binary", maxLength: 20 });
/** What services let through as names. */
const name = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0"));
const token = fc.stringMatching(/^[0-9a-f]{32}$/);
const bytes = fc.uint8Array({ maxLength: 40 });
const map = fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true });

const span = fc.integer({ min: 1 });
const bounds = record(
  { startTime: instant, endTime: instant, maxOccurrences: span, jitterMs: span },
  { requiredKeys: [] },
);
const schedule = fc.oneof(
  record({
    type: fc.constant("cron" as const),
    expression: text,
    timeZone: text,
    dialect: fc.constantFrom("unix" as const, "quartz" as const),
  }),
  record({ type: fc.constant("interval" as const), everyMs: span, anchor: instant }),
  record({ type: fc.constant("fixed_delay" as const), everyMs: span }),
  record({ type: fc.constant("once" as const), time: instant }),
);
const trigger: fc.Arbitrary<Trigger> = fc.tuple(schedule, bounds).map(([one, within]) => ({ ...one, ...within }));
const asked = record({ occurrence: instant, requestId: text });
const kept = record(
  { occurrence: instant, at: instant, byHand: fc.constant(true as const) },
  { requiredKeys: ["occurrence", "at"] },
);
const progress = record(
  { fraction: fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs), note: text, at: instant },
  { requiredKeys: ["note", "at"] },
);
const last = record({
  token,
  state: fc.constantFrom("succeeded" as const, "lost" as const),
  by: fc.constantFrom("worker" as const, "server" as const, "caller" as const),
  endedAt: instant,
  error: text,
});
const counts = record({
  succeeded: count,
  failed: count,
  lost: count,
  cancelled: count,
  occurrences: count,
  missed: count,
  exhausted: count,
  released: count,
  snoozed: count,
});

const required = record({
  uid: fc.stringMatching(/^[0-9a-f]{32}$/),
  kind: fc.stringMatching(/^[a-z]{1,3}$/),
  priority: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
  trigger,
  triggerFrom: instant,
  policy: fc.oneof(fc.constant({}), record({ timeoutMs: count, retry: record({ maxAttempts: count }) })),
  payload: bytes,
  contentType: text,
  labels: map,
  traceContext: map,
  createdAt: instant,
  updatedAt: instant,
  occurrence: instant,
  cause: fc.constantFrom("trigger" as const, "run_job" as const, "backfill" as const),
  attempt: count,
  failures: count,
  releases: count,
  snoozes: count,
  losses: count,
  triggerCount: count,
  counts,
  etag: name,
  rev: count,
  fence: fc.maxSafeNat(),
});
const optional = record(
  {
    backfillOf: text,
    createId: text,
    requestId: text,
    byHand: fc.constant(true as const),
    at: instant,
    regular: kept,
    again: asked,
    ran: asked,
    cancel: text,
    payloadEdited: fc.constant(true as const),
    last,
    lastResult: bytes,
    lastSuccessAt: instant,
    progress,
    checkpoint: bytes,
    dead: fc.constantFrom("exhausted" as const, "trigger_error" as const),
    expireAt: instant,
    lock: record(
      { token, lease: token, stream: fc.nat(), slot: count, since: instant },
      { requiredKeys: ["token", "lease", "since"] },
    ),
    pause: record({ reason: text, at: instant }),
  },
  { requiredKeys: [] },
);

/** Any job that the file takes; `last.error` only where it says one, as the store reads it. */
const anyJob: fc.Arbitrary<Omit<StoredJob, "slug">> = fc.tuple(required, optional).map(([always, sometimes]) => {
  const job = { ...always, ...sometimes };
  const due = job.lock ? undefined : dueOf(job);
  return due ? { ...job, due } : job;
});

describe("documents in SQLite", () => {
  let store: Store;
  let serial = 0;
  const endings: (() => void)[] = [];

  before(async () => {
    const folder = temporaryFolder({ after: (ending) => endings.push(ending) });
    store = await openSqliteStore(join(folder, "store.db"));
  });
  after(async () => {
    await store.close();
    for (const ending of endings) ending();
  });

  it("any job is read back equal, as it was created and as a caller wrote it", async () => {
    const pair = fc.asyncProperty(anyJob, anyJob, async (first, second) => {
      const slug = `job-${serial++}`;
      const job = { ...first, slug };
      assert.deepEqual(await store.create([item(job)]), [{ status: "created" }]);
      assert.deepEqual(await store.get(slug), job);
      const next = { ...second, slug };
      await store.edit([slug], () => ({ answer: undefined, write: { type: "put", job: next } }));
      const stored = await store.get(slug);
      assert.deepEqual(stored, { ...next, rev: job.rev + 1, updatedAt: stored?.updatedAt });
      const [page] = (await store.list({ filter: { slugs: [slug] }, limit: 1, payloads: false })).items;
      const { lastResult, checkpoint, ...short } = stored ?? assert.fail("it is gone");
      assert.deepEqual(page, { ...short, payload: new Uint8Array(0) });
      await store.edit([slug], () => ({ answer: undefined, write: { type: "delete" } }));
    });
    await fc.assert(pair, { numRuns: 150 });
  });

  it("a filter by state finds what core says the state is", async () => {
    const states: JobState[] = ["scheduled", "running", "retrying", "paused", "dead", "completed"];
    const many = fc.asyncProperty(fc.array(anyJob, { minLength: 1, maxLength: 20 }), async (jobs) => {
      const prefix = `state-${serial++}-`;
      const stored = jobs.map((job, n) => {
        const lock = job.lock && { ...job.lock };
        if (lock) delete (lock as { slot?: number }).slot;
        return { ...job, slug: `${prefix}${String(n).padStart(3, "0")}`, ...(lock && { lock }) };
      });
      await store.create(stored.map(item));
      for (const state of states) {
        const { items } = await store.list({
          filter: { slugPrefix: prefix, states: [state] },
          limit: 100,
          payloads: false,
        });
        const expected = stored.filter((job) => stateOf(job) === state);
        assert.deepEqual(
          items.map(({ slug }) => slug),
          expected.map(({ slug }) => slug),
        );
      }
    });
    await fc.assert(many, { numRuns: 30 });
  });

  it("any text of a run is read back equal", async () => {
    const lease = await store.openLease({ serverId: "s", ttlMs: 1_000, version: "" });
    const one = fc.asyncProperty(text, text, bytes, instant, async (error, workerId, result, endedAt) => {
      const slug = `run-${serial++}`;
      const since = new Date(0);
      const lock = { token: String(serial).padStart(32, "0"), lease, since };
      const { due, ...job } = onceJob(slug, since, { lock });
      await store.create([item(job)]);
      const write = finished(job, endedAt);
      const run = { ...write.run, error, workerId, result, expireAt: endedAt };
      assert.deepEqual(await store.release([{ ...write, run }]), [{ status: "recorded" }]);
      const [stored] = (await store.listRuns({ filter: { slug }, limit: 1, results: true })).items;
      assert.deepEqual({ ...stored, effect: undefined }, { ...run, effect: undefined });
    });
    await fc.assert(one, { numRuns: 100 });
  });

  it("the end of a prefix is above all that start with it, and not above what follows them", () => {
    const code = fc.string({ unit: "binary", minLength: 1, maxLength: 4 });
    const points = (value: string): number[] => [...value].map((one) => one.codePointAt(0) ?? 0);
    const property = fc.property(code, code, (prefix, other) => {
      const end = endOfPrefix(prefix);
      const startsWith = (value: string) => value.startsWith(prefix);
      const below = (value: string) => end === undefined || compare(points(value), points(end)) < 0;
      assert.ok(below(prefix + other));
      if (compare(points(other), points(prefix)) > 0 && !startsWith(other))
        assert.ok(!below(other), `${other} in ${prefix}`);
    });
    fc.assert(property);
    assert.equal(endOfPrefix("a\u{10FFFF}"), "b");
    assert.equal(endOfPrefix("\u{10FFFF}"), undefined);
    assert.equal(endOfPrefix("\uD7FF"), "\uE000");
  });
});

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [at, point] of one.entries()) {
    const difference = point - (other[at] ?? -1);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

describe("triggers in SQLite", () => {
  it("without bounds are the texts that files have had from the first", () => {
    const at = new Date(5);
    const cron = { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" } as const;
    for (const [trigger, text] of [
      [cron, '{"type":"cron","expression":"* * * * *","timeZone":"UTC","dialect":"unix"}'],
      [{ type: "interval", everyMs: 9, anchor: at }, '{"type":"interval","everyMs":9,"anchor":5}'],
      [{ type: "once", time: at }, '{"type":"once","time":5}'],
    ] as const) {
      assert.equal(JSON.stringify(triggerText(trigger)), text);
      assert.deepEqual(triggerOf(JSON.parse(text)), trigger);
      assert.deepEqual(triggerInputOf(JSON.parse(text)), trigger);
    }
    for (const unset of [{ type: "once" }, { type: "interval", everyMs: 9 }] as const) {
      assert.deepEqual(triggerInputOf(JSON.parse(JSON.stringify(triggerText(unset)))), unset);
    }
  });
});
