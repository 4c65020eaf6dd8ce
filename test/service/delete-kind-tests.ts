import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { input, permanent, startService, success } from "./harness.js";
import type { TestedStore } from "./stores.js";

const kind = { name: "mail", description: "", policy: { timeoutMs: 1_000 }, maxRunning: 0 };

/** The same on every store. */
export function deleteKindTests({ name, open }: TestedStore): void {
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
