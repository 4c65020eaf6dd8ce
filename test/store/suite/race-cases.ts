import assert from "node:assert/strict";
import { deleteJob, pauseJob, resumeJob } from "../../../src/core/edits.js";
import { updateJob } from "../../../src/core/update-job.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, kind, put, range, read } from "./jobs.js";
import { worker } from "./lease-cases.js";
import { claim, claimOne, failure, finish, open, record, runsOf, slugs, task } from "./tasks.js";

export const raceCases = new Cases();

const ROUNDS = 40;

raceCases.add(22, "create against lock on one slug: it is due or it is locked, once", async ({ store, again }) => {
  const other = await again();
  const lease = await open(store);
  for (const n of range(ROUNDS)) {
    const made = job(`j${n}`, { kind: `k${n}` });
    const wanted = { lease, now: at(0), kinds: [made.kind] };
    const [created, ...claims] = await Promise.all([
      store.create([{ job: made, retry: false }]),
      claim(other, wanted),
      claim(store, wanted),
    ]);
    assert.deepEqual(created, [{ status: "created" }]);
    const taken = [...claims.flat(), ...(await claim(store, wanted))];
    assert.deepEqual(slugs(taken), [made.slug]);
    assert.deepEqual(await store.get(made.slug), taken[0]);
  }
});

raceCases.add(
  23,
  "delete against lock: one wins, and a deleted job's task is never recorded",
  async ({ store, again }) => {
    const other = await again();
    const lease = await open(store);
    for (const n of range(ROUNDS)) {
      const slug = `j${n}`;
      await put(store, job(slug, { everyMs: 1_000 }));
      const remove = other.edit([slug], (one) => deleteJob(one, "", editing(at(1))));
      const [taken, [deleted]] = await Promise.all([claim(store, { lease, now: at(0) }), remove]);
      assert.equal(deleted?.type, "deleted");
      assert.equal(await store.get(slug), undefined);
      const runs = await runsOf(store, slug);
      if (taken.length === 0) {
        assert.deepEqual(runs, []);
        continue;
      }
      const out = task(taken[0]);
      assert.equal(await finish(store, out), "stale");
      assert.equal(await finish(other, out, { outcome: failure }), "stale");
      assert.equal(await store.get(slug), undefined);
      assert.deepEqual(
        (await runsOf(store, slug)).map((run) => [run.token, run.state, run.by]),
        [[out.lock.token, "cancelled", "caller"]],
      );
    }
  },
);

raceCases.add(24, "pause against lock: the job waits, now or after its task", async ({ store, again }) => {
  const other = await again();
  const lease = await open(store);
  for (const n of range(ROUNDS)) {
    const slug = `j${n}`;
    const kind = `k${n}`;
    await put(store, job(slug, { kind, everyMs: 1_000 }));
    const wanted = { lease, now: at(0), kinds: [kind] };
    const pause = other.edit([slug], (one) => pauseJob(one, "", editing(at(0))));
    const [taken] = await Promise.all([claim(store, wanted), pause]);
    assert.ok((await read(store, slug)).pause);
    for (const out of taken) assert.equal(await record(store, out), "recorded");
    assert.deepEqual(await claim(store, { ...wanted, now: at(100) }), []);
    const { due, at: next } = await read(store, slug);
    assert.deepEqual([due, next], [undefined, taken.length > 0 ? at(1) : at(0)]);
  }
});

raceCases.add(24, "resume against release: the job is due again, whichever came first", async ({ store, again }) => {
  const other = await again();
  const lease = await open(store);
  for (const n of range(ROUNDS)) {
    const slug = `j${n}`;
    const kind = `k${n}`;
    await put(store, job(slug, { kind, everyMs: 1_000 }));
    const out = await claimOne(store, { lease, now: at(0), kinds: [kind] });
    await store.edit([slug], (one) => pauseJob(one, "", editing(at(0))));
    const resume = other.edit([slug], (one) => resumeJob(one));
    const [status] = await Promise.all([record(store, out), resume]);
    assert.equal(status, "recorded");
    const after = await read(store, slug);
    assert.deepEqual([after.due, after.pause, after.lock, after.counts.succeeded], [at(1), undefined, undefined, 1]);
  }
});

raceCases.add(25, "an update of the interval against a release: neither write is lost", async ({ store, again }) => {
  const other = await again();
  const lease = await open(store);
  for (const n of range(ROUNDS)) {
    const slug = `j${n}`;
    const kind = `k${n}`;
    await put(store, job(slug, { kind, everyMs: 1_000 }));
    const out = await claimOne(store, { lease, now: at(0), kinds: [kind] });
    const trigger = { type: "interval", everyMs: 60_000, anchor: at(0) } as const;
    const payload = Uint8Array.of(n);
    const update = other.edit([slug], (one) => updateJob(one, { trigger, payload }, "", editing(at(0))));
    const [status] = await Promise.all([record(store, out), update]);
    assert.equal(status, "recorded");
    const after = await read(store, slug);
    assert.deepEqual([after.trigger, after.payload, after.counts.succeeded], [trigger, payload, 1]);
    assert.deepEqual([after.lock, after.due], [undefined, at(60)]);
  }
});

raceCases.add(25, "many callers edit one job at once: each sees the write before its own", async ({ store, again }) => {
  const handles = [store, await again(), await again()];
  await put(store, job("a", { labels: { count: "0" } }));
  const edits = range(60).map((n) =>
    (handles[n % handles.length] ?? store).edit(["a"], (one) => {
      const { count: before } = one?.labels ?? {};
      const count = String(Number(before) + 1);
      const edit = updateJob(one, { labels: { count } }, "", editing(at(0)));
      return { ...edit, answer: count };
    }),
  );
  const answers = (await Promise.all(edits)).flat();
  assert.deepEqual(
    answers.map(Number).sort((one, other) => one - other),
    range(60).map((n) => n + 1),
  );
  assert.deepEqual((await read(store, "a")).labels, { count: "60" });
});

raceCases.add(
  26,
  "50 clients create one slug at once: one has created it, all see the same job",
  async ({ store, again }) => {
    const handles = [store, await again(), await again(), await again()];
    for (const round of range(5)) {
      const slug = `j${round}`;
      const creates = range(50).map((n) =>
        (handles[n % handles.length] ?? store).create([{ job: job(slug, { requestId: `call-${n}` }), retry: false }]),
      );
      const results = (await Promise.all(creates)).flat();
      const stored = await read(store, slug);
      const winner = results.findIndex(({ status }) => status === "created");
      assert.equal(stored.requestId, `call-${winner}`);
      for (const [n, result] of results.entries()) {
        if (n !== winner) assert.deepEqual(result, { status: "exists", job: stored });
      }
    }
  },
);

raceCases.add(
  51,
  "two that write the same key at once: a kind, a slot, a worker: one has it, nobody gets an error",
  async ({ store, again }) => {
    const handles = [store, await again(), await again()];
    const lease = await open(store);
    for (const round of range(10)) {
      const name = `k${round}`;
      const puts = range(12).map((n) =>
        (handles[n % handles.length] ?? store).putKind(kind(name, { etag: `e${n}` }), undefined),
      );
      const won = await Promise.all(puts);
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await store.getKind(name))?.etag, `e${won.indexOf(true)}`);
      await put(store, ...range(4).map((n) => job(`${name}-${n}`, { kind: name })));
      const wanted = { lease, now: at(0), kinds: [name], limit: 1, maxRunning: { [name]: 1 } };
      const taken = await Promise.all(range(6).map((n) => claim(handles[n % handles.length] ?? store, wanted)));
      assert.equal(taken.flat().length, 1);
      await Promise.all(handles.map((handle) => handle.putWorkers(lease, [worker("w")], [])));
      assert.equal((await store.listWorkers(undefined, 10)).items.length, 1);
    }
  },
);
