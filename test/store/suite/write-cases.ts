import assert from "node:assert/strict";
import { deleteJob, pauseJob, replaceJob } from "../../../src/core/edits.js";
import { updateJob } from "../../../src/core/update-job.js";
import { at } from "./clock.js";
import { Cases } from "./harness.js";
import { editing, job, put, range, read } from "./jobs.js";
import {
  claim,
  claimOne,
  ending,
  facts,
  finish,
  listed,
  losing,
  open,
  record,
  release,
  runsOf,
  slugs,
} from "./tasks.js";

export const writeCases = new Cases();

writeCases.add(10, "a slug made anew is another job: the old token is stale for it", async ({ store }) => {
  await put(store, job("a"));
  const lease = await open(store);
  const first = await claimOne(store, { lease, now: at(0) });
  assert.equal(await finish(store, first), "recorded");
  assert.equal(await store.get("a"), undefined);

  await put(store, job("a"));
  const second = await claimOne(store, { lease, now: at(0) });
  const before = await read(store, "a");
  // As the old server would write it, and as one that has read the new document would.
  const writes = [
    losing(first),
    { ...losing(first), etag: second.etag },
    { ...ending(second), token: first.lock.token, run: ending(first, { outcome: { type: "released" } }).run },
  ];
  const results = await store.release(writes);
  assert.deepEqual(
    results.map(({ status }) => status),
    // The last one repeats what a worker had reported.
    ["stale", "stale", "recorded"],
  );
  assert.deepEqual(await store.get("a"), before);
  assert.equal((await runsOf(store)).length, 1);
  assert.equal(await finish(store, second), "recorded");
});

writeCases.add(12, "a write with another etag is refused, and changes nothing", async ({ store }) => {
  await put(store, job("a"));
  const before = await read(store, "a");
  const changes = { payload: Uint8Array.of(1) };
  const [answer] = await store.edit(["a"], (one) => updateJob(one, changes, "another", editing(at(1))));
  assert.deepEqual(answer, { type: "etag", stored: before.etag });
  assert.deepEqual(await store.get("a"), before);
});

writeCases.add(12, "an update is written whole, with a new rev and etag", async ({ store, clock }) => {
  await put(store, job("a", { payload: Uint8Array.of(1), labels: { a: "1" } }));
  const before = await read(store, "a");
  clock.set(at(7));
  const changes = { payload: Uint8Array.of(2), labels: { b: "2" }, priority: 0 as const, contentType: "text/plain" };
  await store.edit(["a"], (one) => updateJob(one, changes, before.etag, editing(at(7))));
  const after = await read(store, "a");
  assert.deepEqual(after, { ...before, ...changes, rev: before.rev + 1, etag: after.etag, updatedAt: at(7) });
  assert.notEqual(after.etag, before.etag);
});

writeCases.add(
  12,
  "an update while the task is out is kept: its release is changed, then recorded",
  async ({ store }) => {
    await put(store, job("a", { everyMs: 1_000, payload: Uint8Array.of(1) }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    await store.edit(["a"], (one) => updateJob(one, { payload: Uint8Array.of(2) }, "", editing(at(0))));
    const edited = await read(store, "a");
    const how = { outcome: { type: "success", result: Uint8Array.of(7), payload: Uint8Array.of(3) } } as const;
    assert.deepEqual(await release(store, ending(out, how)), { status: "changed", job: edited });
    assert.deepEqual(await store.get("a"), edited);
    assert.deepEqual(await runsOf(store), []);
    assert.equal(await finish(store, edited, how), "recorded");
    const after = await read(store, "a");
    assert.deepEqual(after.payload, Uint8Array.of(2));
    assert.deepEqual([after.lock, after.due, after.counts.succeeded], [undefined, at(1), 1]);
    assert.deepEqual(after.lastResult, Uint8Array.of(7));
    assert.equal((await runsOf(store)).length, 1);
  },
  "one write",
);

writeCases.add(
  12,
  "an update while the task is out is kept: its release is settled on it",
  async ({ store }) => {
    await put(store, job("a", { everyMs: 1_000, payload: Uint8Array.of(1) }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    await store.edit(["a"], (one) => updateJob(one, { payload: Uint8Array.of(2) }, "", editing(at(0))));
    const how = { outcome: { type: "success", result: Uint8Array.of(7), payload: Uint8Array.of(3) } } as const;
    const asked = ending(out, how);
    const answer = await release(store, asked);
    assert.ok(answer.status === "recorded" && answer.completed);
    assert.equal(answer.completed.run.runId, asked.run.runId);
    const after = await read(store, "a");
    assert.deepEqual(after.payload, Uint8Array.of(2));
    assert.deepEqual([after.lock, after.due, after.counts.succeeded], [undefined, at(1), 1]);
    assert.deepEqual(after.lastResult, Uint8Array.of(7));
    assert.equal((await runsOf(store)).length, 1);
  },
  "two writes",
);

writeCases.add(
  12,
  "a release that deletes is changed too, where a caller has written meanwhile",
  async ({ store }) => {
    await put(store, job("a"));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    const trigger = { type: "interval", everyMs: 1_000, anchor: at(0) } as const;
    await store.edit(["a"], (one) => updateJob(one, { trigger }, "", editing(at(0))));
    assert.equal((await release(store, ending(out))).status, "changed");
    assert.equal(await record(store, out), "recorded");
    assert.deepEqual((await read(store, "a")).due, at(1));
  },
  "one write",
);

writeCases.add(
  12,
  "replace: another uid and etag, the fence goes on, the task that was out is cancelled",
  async ({ store }) => {
    await put(store, job("a", { payload: Uint8Array.of(1) }));
    const lease = await open(store);
    const out = await claimOne(store, { lease, now: at(0) });
    const fresh = job("a", { dueAt: at(5), kind: "other", payload: Uint8Array.of(2) });
    const [answer] = await store.edit(["a"], (one) => replaceJob(one, fresh, editing(at(1))));
    assert.equal(answer?.type, "replaced");
    const after = await read(store, "a");
    assert.deepEqual(
      [after.uid, after.kind, after.payload, after.lock],
      [fresh.uid, "other", fresh.payload, undefined],
    );
    assert.ok(after.fence > out.fence && after.rev > out.rev && after.etag !== out.etag);
    assert.deepEqual(await store.nextRun(["other"]), at(5));
    assert.equal(await store.nextRun(["mail"]), undefined);
    assert.equal(await finish(store, out), "stale");
    assert.deepEqual(await store.get("a"), after);
    const [run] = await runsOf(store, "a");
    assert.deepEqual([run?.state, run?.by, run?.token], ["cancelled", "caller", out.lock.token]);
    assert.deepEqual(await store.cancels(lease), [{ token: out.lock.token, lease, slug: "a", reason: "job_deleted" }]);
  },
);

writeCases.add(12, "edit answers in order, also where a job is missing or nothing is written", async ({ store }) => {
  await put(store, job("a"), job("b"));
  const before = await read(store, "b");
  const answers = await store.edit(["b", "none", "a"], (one, slug) => ({
    answer: `${slug}:${one?.slug ?? "-"}`,
    ...(slug === "a" && { write: { type: "delete" as const } }),
  }));
  assert.deepEqual(answers, ["b:b", "none:-", "a:a"]);
  assert.deepEqual(await listed(store), [before]);
});

writeCases.add(
  14,
  "a clear deletes what matches and nothing else; a task that is out is cancelled",
  async ({ store }) => {
    const shape = (n: number) => ({ kind: n % 2 ? "odd" : "even", labels: { half: n < 10 ? "low" : "high" } });
    await put(store, ...range(20).map((n) => job(`j${String(n).padStart(2, "0")}`, shape(n))));
    const lease = await open(store);
    const [out] = await claim(store, { lease, now: at(0), kinds: ["odd"], limit: 1 });
    assert.ok(out?.lock);
    const matching = await listed(store, { kinds: ["odd"], labels: { half: "low" } }, 2);
    assert.deepEqual(slugs(matching), ["j01", "j03", "j05", "j07", "j09"]);
    await store.edit(slugs(matching), (one) => deleteJob(one, "", editing(at(1))));
    const left = await listed(store);
    assert.deepEqual(
      slugs(left),
      slugs(
        range(20)
          .filter((n) => n >= 10 || n % 2 === 0)
          .map((n) => job(`j${String(n).padStart(2, "0")}`)),
      ),
    );
    assert.deepEqual(
      (await runsOf(store)).map((run) => [run.slug, run.state]),
      [[out.slug, "cancelled"]],
    );
    assert.equal(await finish(store, out), "stale");
  },
);

writeCases.add(undefined, "facts about a task are written under its token and lease alone", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }));
  const [lease, other] = [await open(store), await open(store)];
  const out = await claimOne(store, { lease, now: at(0) });
  const keep = {
    occurrence: at(2),
    at: at(2),
    triggerCount: 3,
    counts: { ...out.counts, missed: 2 },
    progress: { fraction: 0.5, note: "half", at: at(1) },
    checkpoint: Uint8Array.of(1, 2),
  };
  const { token } = out.lock;
  const writes = [
    { slug: "a", token: "0".repeat(32), lease, keep: { triggerCount: 9 } },
    { slug: "a", token, lease: other, keep: { triggerCount: 9 } },
    { slug: "b", token, lease, keep: { triggerCount: 9 } },
  ];
  assert.deepEqual(await store.amend(writes), [{ status: "moved" }, { status: "moved" }, { status: "moved" }]);
  assert.deepEqual(await store.get("a"), out);
  assert.deepEqual(await store.amend([{ slug: "a", token, lease, keep }]), [{ status: "recorded" }]);
  const after = await read(store, "a");
  assert.deepEqual(after, { ...out, ...keep, rev: out.rev + 1, updatedAt: after.updatedAt });
  // The etag is the same: an outcome that was settled before still holds.
  assert.equal(await finish(store, out, { outcome: { type: "snoozed", delayMs: 1_000 } }), "recorded");
});

writeCases.add(undefined, "what start frees goes on without a run, unless a caller has written", async ({ store }) => {
  await put(store, job("a", { everyMs: 1_000 }), job("b"));
  const lease = await open(store);
  const [a, b] = await claim(store, { lease, now: at(0) });
  assert.ok(a?.lock && b?.lock);
  const { due, lock, etag, rev, fence, ...rest } = { ...a, attempt: 0 };
  const standing = { ...rest, occurrence: at(9), at: at(9), due: at(9) };
  const free = (token: string, of: string) => ({
    slug: "a",
    token,
    lease,
    etag: of,
    free: { type: "put" as const, standing },
  });
  assert.deepEqual(await store.amend([free(b.lock.token, etag)]), [{ status: "moved" }]);
  await store.edit(["a"], (one) => pauseJob(one, "", editing(at(0))));
  const paused = await read(store, "a");
  assert.deepEqual(await store.amend([free(a.lock.token, etag)]), [{ status: "changed", job: paused }]);
  assert.deepEqual(await store.get("a"), paused);
  const { due: _, ...waiting } = standing;
  const again = { ...free(a.lock.token, paused.etag), free: { type: "put" as const, standing: waiting } };
  const gone = { slug: "b", token: b.lock.token, lease, etag: b.etag, free: { type: "delete" as const } };
  assert.deepEqual(await store.amend([again, gone]), [{ status: "recorded" }, { status: "recorded" }]);
  const after = await read(store, "a");
  assert.deepEqual([after.lock, after.at, after.attempt, after.pause], [undefined, at(9), 0, paused.pause]);
  assert.equal(await store.get("b"), undefined);
  assert.deepEqual((await runsOf(store)).map(facts), []);
});
