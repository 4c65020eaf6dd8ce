import assert from "node:assert/strict";
import { cancelRun, deleteJob } from "../../../src/core/edits.js";
import { TickwireError } from "../../../src/core/errors.js";
import { at } from "./clock.js";
import { fence } from "./fencing-cases.js";
import { Cases } from "./harness.js";
import { editing, job, kind, put, range, read } from "./jobs.js";
import { worker } from "./lease-cases.js";
import { claim, claimOne, finish, open } from "./tasks.js";

/** What the port promises besides the numbered cases: kinds, workers, notices, wake-ups, its end. */
export const portCases = new Cases();

portCases.add(
  undefined,
  "a kind is read back equal, and written only over the one that was read",
  async ({ store }) => {
    assert.equal(await store.getKind("a"), undefined);
    const full = kind("a", {
      description: "näme",
      trigger: { type: "interval", everyMs: 1_000, anchor: at(0.001) },
      policy: { timeoutMs: 5, retry: { maxAttempts: 2 } },
      maxRunning: 3,
      pause: { reason: "", at: at(9) },
    });
    assert.equal(await store.putKind(full, "e0"), false);
    assert.equal(await store.putKind(full, undefined), true);
    assert.deepEqual(await store.getKind("a"), full);
    assert.equal(await store.putKind(kind("a", { etag: "e2" }), undefined), false);
    assert.equal(await store.putKind(kind("a", { etag: "e2" }), "e0"), false);
    assert.deepEqual(await store.getKind("a"), full);
    assert.equal(await store.putKind(kind("a", { etag: "e2" }), "e1"), true);
    assert.deepEqual(await store.getKind("a"), kind("a", { etag: "e2" }));
    const cron = { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" } as const;
    const others = [kind("\uffee", { trigger: cron }), kind("😀", { trigger: { type: "once" } }), kind("Z")];
    for (const one of others) assert.equal(await store.putKind(one, undefined), true);
    assert.deepEqual(await store.listKinds(), [others[2], kind("a", { etag: "e2" }), others[0], others[1]]);
  },
);

portCases.add(undefined, "a kind's trigger keeps its bounds, and what it leaves unset", async ({ store }) => {
  const bounds = { startTime: at(1), endTime: at(9), maxOccurrences: 3, jitterMs: 5 };
  const triggers = [
    { type: "once" },
    { type: "interval", everyMs: 5 },
    { type: "fixed_delay", everyMs: 5 },
    { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" },
  ] as const;
  const policy = { misfire: "replay", misfireGraceMs: 0, maxReplays: 2, jobRetentionMs: 1 } as const;
  for (const [n, trigger] of triggers.entries()) {
    const one = kind(`k${n}`, { trigger: { ...trigger, ...bounds }, policy });
    assert.equal(await store.putKind(one, undefined), true);
    assert.deepEqual(await store.getKind(one.name), one);
  }
});

portCases.add(undefined, "a kind is removed only as it was read; one that is gone is gone", async ({ store }) => {
  await store.putKind(kind("a", { etag: "e1" }), undefined);
  await store.putKind(kind("b", { etag: "e1" }), undefined);
  assert.equal(await store.deleteKind("a", "e0"), false);
  assert.deepEqual(await store.getKind("a"), kind("a", { etag: "e1" }));
  assert.equal(await store.deleteKind("a", "e1"), true);
  assert.equal(await store.getKind("a"), undefined);
  assert.equal(await store.deleteKind("a", "e1"), true);
  assert.deepEqual(await store.listKinds(), [kind("b", { etag: "e1" })]);
  assert.equal(await store.putKind(kind("a", { etag: "e2" }), undefined), true);
});

portCases.add(undefined, "of writers of one kind at once, one wins", async ({ store, again }) => {
  const handles = [store, await again()];
  const answers = await Promise.all(
    range(10).map((n) => (handles[n % 2] ?? store).putKind(kind("a", { etag: `e${n}` }), undefined)),
  );
  assert.equal(answers.filter((answer) => answer).length, 1);
  assert.equal((await store.getKind("a"))?.etag, `e${answers.indexOf(true)}`);
});

portCases.add(undefined, "workers are listed by instance, while their lease lives", async ({ store }) => {
  const [one, other] = [await open(store, "s1"), await open(store, "s2")];
  const full = worker("c", {
    info: { host: "h", "": "" },
    capacity: {
      maxTasks: 9,
      kinds: new Map<string, number | undefined>([
        ["b", 2],
        ["a", undefined],
      ]),
    },
    running: 3,
    held: new Map([["b", 2]]),
    draining: true,
    lastSeenAt: at(1.001),
  });
  await store.putWorkers(one, [worker("b"), full], []);
  await store.putWorkers(other, [worker("a"), worker("d", { running: 1 })], ["none"]);
  const listed = await store.listWorkers(undefined, 10);
  assert.deepEqual(listed, { items: [worker("a"), worker("b"), full, worker("d", { running: 1 })] });
  const first = await store.listWorkers(undefined, 3);
  assert.deepEqual([first.items.length, first.next], [3, "c"]);
  assert.deepEqual((await store.listWorkers("c", 3)).items, [worker("d", { running: 1 })]);

  // A worker that went to another server: its old one's goodbye does not take it away.
  await store.putWorkers(other, [worker("b", { serverId: "s2" })], ["d"]);
  await store.putWorkers(one, [], ["b"]);
  assert.deepEqual((await store.listWorkers(undefined, 10)).items, [
    worker("a"),
    worker("b", { serverId: "s2" }),
    full,
  ]);
  await store.closeLease(one);
  assert.deepEqual((await store.listWorkers(undefined, 10)).items, [worker("a"), worker("b", { serverId: "s2" })]);
  await fence(store, other);
  assert.deepEqual(await store.listWorkers(undefined, 10), { items: [] });
});

portCases.add(
  73,
  "a cancel or delete through any handle leaves a notice where the task is",
  async ({ store, again, clock }) => {
    const other = await again();
    await put(store, job("a"), job("b"), job("c"));
    const [first, second] = [await open(store, "s1"), await open(store, "s2")];
    const [a, b, c] = await claim(store, { lease: first, now: at(0) });
    assert.ok(a?.lock && b?.lock && c?.lock);
    await store.adopt([{ slug: "b", token: b.lock.token }], second, 1);
    await other.edit(["a"], (one) => cancelRun(one, "", editing(at(1))));
    // Asked again: there is one notice of it all the same.
    await other.edit(["a"], (one) => cancelRun(one, "", editing(at(1))));
    await other.edit(["b"], (one) => cancelRun(one, "", editing(at(1))));
    await other.edit(["c"], (one) => deleteJob(one, "", editing(at(1))));
    const notice = (token: string, lease: string, slug: string, reason: string) => ({ token, lease, slug, reason });
    const ofA = notice(a.lock.token, first, "a", "requested");
    const ofC = notice(c.lock.token, first, "c", "job_deleted");
    assert.deepEqual(await store.cancels(first), [ofA, ofC]);
    assert.deepEqual(await store.cancels(second), [notice(b.lock.token, second, "b", "requested")]);
    assert.deepEqual(await store.cancels("none"), []);
    assert.deepEqual(await store.cancels(first), [ofA, ofC]);
    await store.dropCancels([a.lock.token, "none"]);
    assert.deepEqual(await store.cancels(first), [ofC]);

    // An adoption after the notice was left finds the fact on the job.
    const [adopted] = await store.adopt([{ slug: "a", token: a.lock.token }], second, 1);
    assert.equal(adopted?.cancel, a.lock.token);
    assert.deepEqual(await store.adopt([{ slug: "c", token: c.lock.token }], second, 1), [undefined]);
    clock.turn(3_600);
    while (await store.sweep());
    assert.deepEqual(await store.cancels(first), []);
  },
);

portCases.add(undefined, "the store's clock is what it was given", async ({ store, clock }) => {
  assert.deepEqual(await store.now(), at(0));
  clock.turn(1.5);
  assert.deepEqual(await store.now(), at(1.5));
});

portCases.add(undefined, "watching ends with its signal", async ({ store }) => {
  for (const aborted of [true, false]) {
    const controller = new AbortController();
    if (aborted) controller.abort();
    const watching = (async () => {
      for await (const _ of store.watch(controller.signal));
    })();
    controller.abort();
    await watching;
  }
});

portCases.add(undefined, "a closed store answers STORE_DOWN, and closes again", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const out = await claimOne(store, { lease, now: at(0) });
  await store.close();
  await store.close();
  const down = (error: unknown) => error instanceof TickwireError && error.reason === "STORE_DOWN";
  await assert.rejects(store.get("a"), down);
  await assert.rejects(store.create([{ job: job("b"), retry: false }]), down);
  await assert.rejects(claim(store, { lease, now: at(0) }), down);
  await assert.rejects(finish(store, out), down);
  await assert.rejects(store.renewLease(lease), down);
});

portCases.add(
  undefined,
  "what was answered is there after a restart, equal",
  async ({ store, restart, clock }) => {
    await put(store, job("a", { payload: Uint8Array.of(1), everyMs: 1_000 }), job("b"), job("c"));
    const lease = await open(store, "s1");
    await store.putKind(kind("mail", { maxRunning: 5 }), undefined);
    const [a, b] = await claim(store, { lease, now: at(0), limit: 2 });
    assert.ok(a && b);
    assert.equal(await finish(store, a), "recorded");
    await store.edit(["b"], (one) => cancelRun(one, "", editing(at(1))));
    const look = async (of: typeof store) => ({
      jobs: [await read(of, "a"), await read(of, "b"), await read(of, "c")],
      runs: await of.listRuns({ filter: {}, limit: 10, results: true }),
      kinds: await of.listKinds(),
      // A store may know that whoever held it is gone.
      leases: (await of.leases()).map(({ state, ...rest }) => rest),
      cancels: await of.cancels(lease),
    });
    const before = await look(store);
    clock.turn(100);
    assert.deepEqual(await look(await restart()), before);
  },
  "durable",
);
