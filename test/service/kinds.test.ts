import assert from "node:assert/strict";
import { test } from "node:test";
import type { KindInput } from "../../src/core/kind.js";
import { everyMinute, START, startService } from "./harness.js";

const kind: KindInput = {
  name: "mail",
  description: "sends mail",
  trigger: everyMinute,
  policy: { retry: { maxAttempts: 3 }, timeoutMs: 1_000 },
  maxRunning: 5,
};

test("an equal definition is registered once; a different one is refused, unless it is to replace", async () => {
  const { service } = await startService();
  const first = await service.registerKind({ kind, replace: false, etag: "" });
  assert.equal(first.created, true);
  const policy = { timeoutMs: 1_000, retry: { maxAttempts: 3 } };
  const equal = await service.registerKind({ kind: { ...kind, policy }, replace: false, etag: "" });
  assert.deepEqual(equal, { kind: first.kind, created: false });
  for (const change of [
    { description: "" },
    { maxRunning: 0 },
    { policy: {} },
    { trigger: { type: "once" } },
    { trigger: { ...everyMinute, anchor: new Date(1) } },
  ] as const) {
    const other = { ...kind, ...change };
    await assert.rejects(service.registerKind({ kind: other, replace: false, etag: "" }), { reason: "KIND_EXISTS" });
  }
  const replaced = await service.registerKind({ kind: { ...kind, maxRunning: 1 }, replace: true, etag: "" });
  assert.deepEqual([replaced.created, replaced.kind.maxRunning], [true, 1]);
  assert.notEqual(replaced.kind.etag, first.kind.etag);
  assert.deepEqual(replaced.kind.createdAt, first.kind.createdAt);
});

test("an etag that is not the stored one changes nothing, and tells the stored one", async () => {
  const { service } = await startService();
  const gone = { reason: "ETAG_MISMATCH", facts: { kind: "mail", etag: "" } };
  await assert.rejects(service.registerKind({ kind, replace: true, etag: "x" }), gone);
  const { kind: stored } = await service.registerKind({ kind, replace: false, etag: "" });
  const other = { reason: "ETAG_MISMATCH", facts: { kind: "mail", etag: stored.etag } };
  await assert.rejects(service.registerKind({ kind, replace: true, etag: "x" }), other);
  await service.registerKind({ kind: { ...kind, maxRunning: 9 }, replace: true, etag: stored.etag });
});

test("two that register at once: one is created, the other finds it equal", async () => {
  const { service } = await startService();
  const both = await Promise.all([1, 2].map(() => service.registerKind({ kind, replace: false, etag: "" })));
  assert.deepEqual(both.map((one) => one.created).sort(), [false, true]);
});

test("a pause outlives an equal definition and a replacement, and this server goes by the new kind at once", async () => {
  const { service, dispatch } = await startService();
  await service.registerKind({ kind, replace: false, etag: "" });
  const { pause } = await service.pauseKind("mail", "deploy");
  const equal = await service.registerKind({ kind, replace: false, etag: "" });
  assert.deepEqual([equal.created, equal.kind.pause], [false, pause]);
  const replaced = await service.registerKind({ kind: { ...kind, maxRunning: 2 }, replace: true, etag: "" });
  assert.deepEqual(replaced.kind.pause, pause);
  assert.equal(dispatch.kinds.get("mail")?.maxRunning, 2);
});

test("PauseKind registers a kind that is not yet, keeps the rest of one that is, and this server goes by it at once", async () => {
  const harness = await startService();
  const { service, dispatch } = harness;
  const bare = await service.pauseKind("bare", "deploy");
  assert.deepEqual(
    [bare.description, bare.policy, bare.maxRunning, bare.pause],
    ["", {}, 0, { reason: "deploy", at: START }],
  );
  assert.deepEqual(dispatch.kinds.get("bare"), bare);
  const { kind: stored } = await service.registerKind({ kind, replace: false, etag: "" });
  harness.pass(1_000);
  const paused = await service.pauseKind("mail", "");
  const { etag, pause, updatedAt, ...rest } = paused;
  assert.deepEqual({ ...rest, etag: stored.etag, updatedAt: stored.updatedAt }, stored);
  assert.deepEqual([pause, updatedAt], [{ reason: "", at: harness.now }, harness.now]);
  assert.notEqual(etag, stored.etag);
  assert.deepEqual(await service.getKind("mail"), paused);
  assert.deepEqual((await service.listKinds({ limit: 10 })).items, [bare, paused]);
});

test("PauseKind on a paused kind replaces the reason and keeps the time; the same reason writes nothing", async () => {
  const harness = await startService();
  const first = await harness.service.pauseKind("mail", "deploy");
  harness.pass(1_000);
  assert.deepEqual(await harness.service.pauseKind("mail", "deploy"), first);
  const other = await harness.service.pauseKind("mail", "incident");
  assert.deepEqual(other.pause, { reason: "incident", at: START });
  assert.notEqual(other.etag, first.etag);
});

test("ResumeKind ends the pause and keeps the rest; on a kind that is not paused it writes nothing", async () => {
  const { service, dispatch } = await startService();
  await assert.rejects(service.resumeKind("mail"), { reason: "KIND_NOT_FOUND", facts: { kind: "mail" } });
  const { kind: stored } = await service.registerKind({ kind, replace: false, etag: "" });
  assert.deepEqual(await service.resumeKind("mail"), stored);
  await service.pauseKind("mail", "");
  const resumed = await service.resumeKind("mail");
  assert.deepEqual({ ...resumed, etag: stored.etag }, stored);
  assert.notEqual(resumed.etag, stored.etag);
  assert.equal("pause" in resumed, false);
  assert.deepEqual(dispatch.kinds.get("mail"), resumed);
});

test("a pause and a change of the definition at once: neither is lost", async () => {
  const { service } = await startService();
  await service.registerKind({ kind, replace: false, etag: "" });
  const change = { kind: { ...kind, maxRunning: 1 }, replace: true, etag: "" };
  await Promise.all([service.pauseKind("mail", "deploy"), service.registerKind(change)]);
  const stored = await service.getKind("mail");
  assert.deepEqual([stored.pause?.reason, stored.maxRunning], ["deploy", 1]);
});

test("a kind that another server paused is paused here too once a call of it is answered, though it wrote nothing", async () => {
  const { service, store, dispatch } = await startService();
  const { kind: stored } = await service.registerKind({ kind, replace: false, etag: "" });
  await store.putKind({ ...stored, pause: { reason: "", at: START }, etag: "p" }, stored.etag);
  assert.equal(dispatch.kinds.get("mail")?.pause, undefined);
  assert.equal((await service.pauseKind("mail", "")).etag, "p");
  assert.ok(dispatch.kinds.get("mail")?.pause);
});

test("an unknown kind is KIND_NOT_FOUND; kinds are listed in the order of their names, page by page", async () => {
  const { service } = await startService();
  await assert.rejects(service.getKind("mail"), { reason: "KIND_NOT_FOUND", facts: { kind: "mail" } });
  for (const name of ["c", "a", "b"]) await service.registerKind({ kind: { ...kind, name }, replace: false, etag: "" });
  assert.equal((await service.getKind("b")).name, "b");
  const first = await service.listKinds({ limit: 2 });
  assert.deepEqual(
    first.items.map((one) => one.name),
    ["a", "b"],
  );
  assert.ok(first.next);
  const second = await service.listKinds({ limit: 2, after: first.next });
  assert.deepEqual([second.items.map((one) => one.name), second.next], [["c"], undefined]);
});
