import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { input, permanent, START, startService, success } from "./harness.js";
import { STORES } from "./stores.js";

const kind = { name: "mail", description: "", policy: { timeoutMs: 1_000 }, maxRunning: 0 };

for (const { name, open } of STORES) {
  describe(`DeleteKind (${name})`, () => {
    test("a kind without jobs goes, its pause with it, and this server goes by that at once", async (t) => {
      const { service, store, dispatch } = await startService(open);
      t.after(() => store.close());
      await service.registerKind({ kind, replace: false, etag: "" });
      await service.pauseKind("mail", "x");
      await service.registerKind({ kind: { ...kind, name: "other" }, replace: false, etag: "" });
      await service.scheduleJob(input("a", { kind: "other" }));
      await service.deleteKind("mail");
      assert.equal(dispatch.kinds.get("mail"), undefined);
      const { items } = await service.listKinds({ limit: 10 });
      assert.deepEqual(
        items.map((one) => one.name),
        ["other"],
      );
      await assert.rejects(service.deleteKind("mail"), { reason: "KIND_NOT_FOUND", facts: { kind: "mail" } });
    });

    test("while a job of the kind exists, in whatever state, it is refused and names one", async (t) => {
      const harness = await startService(open);
      const { service, store } = harness;
      t.after(() => store.close());
      await service.registerKind({ kind, replace: false, etag: "" });
      const refusal = (state: string) => ({ reason: "KIND_IN_USE", facts: { kind: "mail", slug: "a", state } });
      await service.scheduleJob(input("a", { policy: { jobRetentionMs: 60_000 } }));
      await assert.rejects(service.deleteKind("mail"), refusal("SCHEDULED"));
      const [out] = await harness.hand();
      assert.ok(out);
      await assert.rejects(service.deleteKind("mail"), refusal("RUNNING"));
      await harness.end(out, success);
      await assert.rejects(service.deleteKind("mail"), refusal("COMPLETED"));
      await service.scheduleJob(input("a"));
      const [again] = await harness.hand();
      assert.ok(again);
      await harness.end(again, permanent);
      await assert.rejects(service.deleteKind("mail"), refusal("DEAD"));
      assert.ok(await store.getKind("mail"));
      await service.deleteJob({ slug: "a", etag: "", allowMissing: false });
      await service.deleteKind("mail");
    });
  });
}

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
