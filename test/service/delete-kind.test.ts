import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteKindTests } from "./delete-kind-tests.js";
import { input, START, startService } from "./harness.js";
import { STORES } from "./stores.js";

const kind = { name: "mail", description: "", policy: { timeoutMs: 1_000 }, maxRunning: 0 };

for (const store of STORES) deleteKindTests(store);

test("a kind that somebody changes while it is being deleted is looked at again", async () => {
  const { service, store } = await startService();
  await service.registerKind({ kind, replace: false, etag: "" });
  const list = store.list.bind(store);
  let looks = 0;
  store.list = async (request) => {
    const page = await list(request);
    if (looks++ === 0) {
      await service.registerKind({ kind: { ...kind, maxRunning: 1 }, replace: true, etag: "" });
      await service.scheduleJob(input("a"));
    }
    return page;
  };
  await assert.rejects(service.deleteKind("mail"), { reason: "KIND_IN_USE" });
  assert.equal((await store.getKind("mail"))?.maxRunning, 1);
});

test("a job stored between the look and the removal goes by its copied trigger and the server's defaults", async () => {
  const { service, store, dispatch } = await startService();
  const trigger = { type: "interval", everyMs: 60_000, anchor: START } as const;
  await service.registerKind({ kind: { ...kind, trigger }, replace: false, etag: "" });
  const deleteKind = store.deleteKind.bind(store);
  store.deleteKind = async (...args) => {
    await service.scheduleJob(input("late"));
    return deleteKind(...args);
  };
  await service.deleteKind("mail");
  const job = await store.get("late");
  assert.ok(job);
  assert.deepEqual(job.trigger, trigger);
  assert.equal(dispatch.kinds.policyOf(job).timeoutMs, 300_000);
});
