import assert from "node:assert/strict";
import fc from "fast-check";
import type { Edit } from "../../../src/core/edit.js";
import { cancelRun, deleteJob, pauseJob, replaceJob, resumeJob, runJob } from "../../../src/core/edits.js";
import type { Priority, StoredJob } from "../../../src/core/job.js";
import type { Outcome } from "../../../src/core/outcome.js";
import { DEFAULT_POLICY, type Policy, type PolicyInput, resolvePolicy } from "../../../src/core/policy.js";
import { start } from "../../../src/core/start.js";
import { updateJob } from "../../../src/core/update-job.js";
import type { AmendWrite, ReleaseResult } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { editing, job, range } from "./jobs.js";
import { agree, KINDS, LIMITED, type Model, type Real } from "./model.js";
import { ending, open, type Task, task } from "./tasks.js";

type Command = fc.AsyncCommand<Model, Real>;

/** Each command checks its own answer against the model, and then that both hold the same. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(model, real);
      await agree(model, real);
    },
    toString: () => name,
  };
}

const slug = fc.constantFrom("a", "b", "c", "d", "e", "\uffee", "😀");
const small = fc.nat(20);

const creating = fc.record({
  slug,
  dueAt: fc.integer({ min: 0, max: 5 }),
  kind: fc.constantFrom(...KINDS),
  priority: fc.constantFrom<Priority>(0, 2, 3),
  everyMs: fc.constantFrom(0, 1_000, 3_000),
  maxOccurrences: fc.constantFrom(undefined, 3),
  paused: fc.boolean(),
  policy: fc.constantFrom<PolicyInput>(
    {},
    { jobRetentionMs: 3_000, misfire: "skip", misfireGraceMs: 1_000 },
    { jobRetentionMs: 3_000, misfire: "replay", maxReplays: 2 },
  ),
});

const create = creating.map(({ dueAt, everyMs, maxOccurrences, paused, ...shape }) =>
  command(`create ${JSON.stringify({ dueAt, everyMs, paused, ...shape })}`, async (model, { store, clock }) => {
    const pause = paused ? { pause: { reason: "", at: at(0) } } : {};
    const fence = clock.now().getTime() * 1_000;
    const first = new Date(clock.now().getTime() + dueAt * 1_000);
    const bounds = maxOccurrences === undefined ? {} : { maxOccurrences };
    const trigger = { type: "interval", everyMs, anchor: first, ...bounds } as const;
    const made = job(shape.slug, { ...shape, ...pause, ...(everyMs > 0 && { trigger }), fence, dueAt: first });
    const [result] = await store.create([{ job: made, retry: false }]);
    const stored = model.jobs.get(made.slug);
    assert.equal(result?.status, stored ? "exists" : "created");
    if (!stored) model.jobs.set(made.slug, made);
  }),
);

const lock = fc
  .record({ lease: small, room: fc.integer({ min: 0, max: 4 }), limit: fc.integer({ min: 0, max: 5 }) })
  .map(({ lease: n, room, limit }) =>
    command(`lock ${JSON.stringify({ lease: n, room, limit })}`, async (model, { store, clock }) => {
      const lease = model.lease(n);
      const now = clock.now();
      const taken = await store.lock({
        room: new Map(KINDS.map((kind) => [kind, room])),
        maxRunning: new Map([[LIMITED.kind, LIMITED.limit]]),
        lease,
        now,
        limit,
      });
      const most = KINDS.map((kind) => {
        const free = kind === LIMITED.kind ? LIMITED.limit - model.slotsHeld(kind) : Number.POSITIVE_INFINITY;
        return model.isLive(lease) ? Math.min(room, Math.max(0, free), model.claimable(kind, now).length) : 0;
      });
      assert.equal(
        taken.length,
        Math.min(
          limit,
          most.reduce((sum, one) => sum + one, 0),
        ),
      );
      for (const [k, kind] of KINDS.entries()) {
        const own = taken.filter((one) => one.kind === kind);
        assert.ok(own.length <= (most[k] ?? 0));
        const first = model.claimable(kind, now).slice(0, own.length);
        assert.deepEqual(
          own.map(withoutLock),
          first.map((one) => withoutLock(claimed(one))),
        );
      }
      for (const one of taken) {
        assert.deepEqual([one.lock?.lease, one.lock?.since], [lease, now]);
        assert.equal(one.lock?.slot !== undefined, one.kind === LIMITED.kind);
        model.handedOut(task(one));
      }
      const slots = [...model.jobs.values()].flatMap((one) =>
        one.kind === LIMITED.kind ? (one.lock?.slot ?? []) : [],
      );
      assert.equal(new Set(slots).size, slots.length);
      assert.ok(slots.length <= LIMITED.limit);
    }),
  );

/** As a lock leaves it, but for the lock. */
function claimed({ due, ...one }: StoredJob): StoredJob {
  return { ...one, attempt: one.attempt + 1, fence: one.fence + 1, rev: one.rev + 1 };
}

function withoutLock({ lock, updatedAt, ...one }: StoredJob): object {
  return one;
}

const outcomes: readonly Outcome[] = [
  { type: "success", result: Uint8Array.of(1), payload: Uint8Array.of(2) },
  { type: "success", result: new Uint8Array(0), lastRun: true },
  { type: "failure", error: "no" },
  { type: "released" },
  { type: "snoozed", delayMs: 500 },
];
const serverOutcomes: readonly Outcome[] = [
  { type: "lost", error: "gone" },
  { type: "timed_out", error: "" },
  { type: "handed_back", error: "" },
];

const releasing = fc.record({ task: small, outcome: small, server: fc.boolean(), newest: fc.boolean() });

const release = releasing.map(({ task: n, outcome: o, server, newest }) =>
  command(`release ${JSON.stringify({ task: n, outcome: o, server, newest })}`, async (model, { store, clock }) => {
    const held = model.task(n);
    if (!held) return;
    const stored = model.jobs.get(held.slug);
    const basis = newest && stored?.lock?.token === held.lock.token ? task(stored) : held;
    const all = server ? serverOutcomes : outcomes;
    const outcome = all[o % all.length] as Outcome;
    const by = server ? ("server" as const) : ("worker" as const);
    const decided = server ? { lease: basis.lock.lease } : {};
    const write = ending(basis, { outcome, by, endedAt: clock.now(), policy: policyOf(basis), ...decided });
    const [result] = await store.release([write]);
    assert.equal(result?.status, expectedEnd(model, held, write.etag, write.lease, by));
    if (result.status === "recorded" && stored?.lock?.token === held.lock.token) {
      // What a caller has changed since is not settled again by whoever asked, but by the store, on what is stored.
      const policy = policyOf(stored);
      const again = () => ending(stored, { outcome, by, endedAt: clock.now(), policy });
      const { settled } = stored.etag !== write.etag ? again() : write;
      model.end(stored, settled, write.run);
    }
  }),
);

function expectedEnd(
  model: Model,
  held: Task,
  etag: string,
  lease: string | undefined,
  by: "worker" | "server",
): ReleaseResult["status"] {
  const stored = model.jobs.get(held.slug);
  if (stored?.lock?.token !== held.lock.token) {
    const run = model.runs.find(({ token }) => token === held.lock.token);
    return run?.by === "worker" && by === "worker" ? "recorded" : "stale";
  }
  if (lease !== undefined && stored.lock.lease !== lease) return "moved";
  return stored.etag === etag || model.completes ? "recorded" : "changed";
}

const amend = fc.record({ task: small, lease: fc.option(small) }).map(({ task: n, lease: l }) =>
  command(`amend ${n} ${l}`, async (model, { store, clock }) => {
    const held = model.task(n);
    if (!held) return;
    const lease = l === null ? held.lock.lease : model.lease(l);
    const keep = { progress: { note: `${n}`, at: clock.now() }, checkpoint: Uint8Array.of(n) };
    const [result] = await store.amend([{ slug: held.slug, token: held.lock.token, lease, keep }]);
    const stored = model.jobs.get(held.slug);
    const holds = stored?.lock?.token === held.lock.token && stored.lock.lease === lease;
    assert.deepEqual(result, { status: holds ? "recorded" : "moved" });
    if (holds) model.write({ ...stored, ...keep });
  }),
);

function policyOf(one: StoredJob): Policy {
  return resolvePolicy(one.policy, undefined, DEFAULT_POLICY);
}

const starting = fc.record({ task: small, newest: fc.boolean() }).map(({ task: n, newest }) =>
  command(`start ${n} ${newest}`, async (model, { store, clock }) => {
    const held = model.task(n);
    if (!held) return;
    const stored = model.jobs.get(held.slug);
    const basis = newest && stored?.lock?.token === held.lock.token ? task(stored) : held;
    const found = start(basis, policyOf(basis), clock.now());
    const { slug: of, etag, lock } = basis;
    const head = { slug: of, token: lock.token, lease: lock.lease, etag };
    if (found.type === "run" && !found.keep) return;
    const write: AmendWrite =
      found.type === "free" ? { ...head, free: found.settled } : { ...head, keep: found.keep ?? {} };
    const [result] = await store.amend([write]);
    const holds = stored?.lock?.token === lock.token && stored.lock.lease === lock.lease;
    const expected = !holds ? "moved" : stored.etag === etag ? "recorded" : "changed";
    assert.equal(result?.status, expected);
    if (!holds || expected !== "recorded") return;
    if (found.type === "free") model.end(stored, found.settled, undefined);
    else model.write({ ...stored, ...found.keep });
  }),
);

const adopt = fc.record({ task: small, lease: small, stream: fc.nat(5) }).map(({ task: n, lease: l, stream }) =>
  command(`adopt ${n} ${l} ${stream}`, async (model, { store }) => {
    const held = model.task(n);
    if (!held) return;
    const lease = model.lease(l);
    const [result] = await store.adopt([{ slug: held.slug, token: held.lock.token }], lease, stream);
    const stored = model.jobs.get(held.slug);
    const adopts = stored?.lock?.token === held.lock.token && (stored.lock.stream ?? -1) < stream;
    assert.equal(result !== undefined, adopts);
    if (stored?.lock && adopts) model.write({ ...stored, lock: { ...stored.lock, lease, stream } });
  }),
);

const move = fc.record({ from: small, to: small }).map(({ from: f, to: t }) =>
  command(`move ${f} ${t}`, async (model, { store }) => {
    const [from, to] = [model.lease(f), model.lease(t)];
    if (from === to) return;
    const held = model.tasks.map(({ slug: of, lock: { token } }) => ({ slug: of, token }));
    const moved = await store.move(held, from, to);
    const expected = [...model.jobs.values()].flatMap((one) => (one.lock?.lease === from ? [one] : []));
    assert.deepEqual(moved.toSorted(), expected.map((one) => one.lock?.token).sort());
    for (const one of expected) if (one.lock) model.write({ ...one, lock: { ...one.lock, lease: to } });
  }),
);

type Change = (one: StoredJob | undefined, now: Date) => Edit<unknown>;
const changes: Readonly<Record<string, Change>> = {
  delete: (one, now) => deleteJob(one, "", editing(now)),
  pause: (one, now) => pauseJob(one, "", editing(now)),
  resume: (one) => resumeJob(one),
  update: (one, now) => updateJob(one, { payload: Uint8Array.of(7), priority: 0 }, "", editing(now)),
  trigger: (one, now) =>
    updateJob(one, { trigger: { type: "interval", everyMs: 2_000, anchor: at(0) } }, "", editing(now)),
  run: (one, now) => runJob(one, "", editing(now)),
  cancel: (one, now) => cancelRun(one, "", editing(now)),
  replace: (one, now) => replaceJob(one, job(one?.slug ?? "", { dueAt: now }), editing(now)),
  nothing: () => ({ answer: 0 }),
};

const edit = fc.record({ slug, change: fc.constantFrom(...Object.keys(changes)) }).map(({ slug: of, change }) =>
  command(`${change} ${of}`, async (model, { store, clock }) => {
    let done: Edit<unknown> | undefined;
    await store.edit([of], (one) => {
      assert.deepEqual(one && { ...one, updatedAt: 0 }, withoutTime(model.jobs.get(of)));
      done = changes[change]?.(one, clock.now());
      return done ?? { answer: 0 };
    });
    if (done?.write?.type === "delete") model.jobs.delete(of);
    if (done?.write?.type === "put") model.write(done.write.job);
    if (done?.run) model.runs.push(done.run);
  }),
);

function withoutTime(one: StoredJob | undefined): object | undefined {
  return one && { ...one, updatedAt: 0 };
}

const turn = fc.integer({ min: -1, max: 5 }).map((seconds) =>
  command(`turn the clock by ${seconds} s`, async (_, { clock }) => {
    clock.turn(seconds);
  }),
);

const openLease = fc.constant(
  command("open a lease", async (model, { store }) => {
    const id = await open(store);
    assert.ok(!model.leases.has(id));
    model.leases.set(id, { seq: (await store.leases()).find((one) => one.id === id)?.seq ?? -1, live: true });
  }),
);

const renew = small.map((n) =>
  command(`renew ${n}`, async (model, { store }) => {
    const lease = model.leases.get(model.lease(n));
    assert.equal(await store.renewLease(model.lease(n)), lease?.live === true);
    if (lease?.live) lease.seq++;
  }),
);

const close = small.map((n) =>
  command(`close ${n}`, async (model, { store }) => {
    await store.closeLease(model.lease(n));
    const lease = model.leases.get(model.lease(n));
    if (lease) lease.live = false;
  }),
);

const takeOver = fc.record({ lease: small, late: fc.nat(1) }).map(({ lease: n, late }) =>
  command(`take over ${n}${late ? ", too late" : ""}`, async (model, { store }) => {
    const lease = model.leases.get(model.lease(n));
    const wins = lease?.live === true && late === 0;
    assert.equal(await store.takeOver(model.lease(n), (lease?.seq ?? 0) - late), wins);
    if (lease && wins) lease.live = false;
  }),
);

const sweep = fc.constant(
  command("sweep", async (model, { store, clock }) => {
    while (await store.sweep());
    for (const one of [...model.jobs.values()]) {
      if (one.expireAt && one.expireAt <= clock.now()) model.jobs.delete(one.slug);
    }
  }),
);

const restart = fc.constant(
  command("restart", async (model, real) => {
    if (!real.restart) return;
    real.store = await real.restart();
    // A store may know that whoever held a lease is gone.
    for (const { id, state } of await real.store.leases()) {
      const lease = model.leases.get(id);
      if (lease && state !== "live") lease.live = false;
    }
  }),
);

/** Claims and releases are more likely than the rest. */
export const commands = fc.commands(
  [
    create,
    create,
    lock,
    lock,
    release,
    release,
    amend,
    starting,
    starting,
    adopt,
    move,
    edit,
    turn,
    openLease,
    renew,
    close,
    takeOver,
  ].concat([sweep, restart]),
  { maxCommands: 60 },
);

/** A lease and a few jobs to begin with, so that short sequences do something too. */
export async function begin(model: Model, { store }: Real): Promise<void> {
  for (const _ of range(2)) {
    const id = await open(store);
    model.leases.set(id, { seq: (await store.leases()).find((one) => one.id === id)?.seq ?? -1, live: true });
  }
  for (const name of ["a", "b", "c"]) {
    const made = job(name, { everyMs: 1_000, kind: name === "c" ? LIMITED.kind : "mail" });
    await store.create([{ job: made, retry: false }]);
    model.jobs.set(name, made);
  }
}
