import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import type { ScheduleInput } from "../../src/service/schedule-input.js";
import { everyMinute, input, type ServiceHarness, START, startService, success } from "./harness.js";
import type { TestedStore } from "./stores.js";

const check = (slug: string, changes: Partial<ScheduleInput> = {}): ScheduleInput =>
  input(slug, { validateOnly: true, ...changes });
const bytes = (n: number): { payload: Uint8Array } => ({ payload: new Uint8Array([n]) });

/** The same on every store. */
export function validateOnlyTests({ name, open }: TestedStore): void {
  describe(`validate_only of ScheduleJob and ScheduleJobs (${name})`, () => {
    async function start(t: { after(done: () => Promise<void>): void }): Promise<ServiceHarness> {
      const harness = await startService(open);
      t.after(() => harness.store.close());
      return harness;
    }

    test("answers a new job as if it were stored, with its warnings, and stores nothing", async (t) => {
      const { service, store, dispatch } = await start(t);
      const { outcome, job, warnings } = await service.scheduleJob(check("a", { trigger: everyMinute, ...bytes(1) }));
      assert.deepEqual([outcome, job?.slug, job?.due], ["created", "a", new Date(START.getTime() + 60_000)]);
      assert.deepEqual(warnings, ["no connected worker serves the kind mail: the job waits until one does"]);
      assert.equal(await store.get("a"), undefined);
      assert.deepEqual(dispatch.wakes, []);
      assert.match((await service.scheduleJob(check(""))).slug, /^mail-/);
      const never = { type: "cron", expression: "0 0 30 2 *", timeZone: "UTC", dialect: "unix" } as const;
      await assert.rejects(service.scheduleJob(check("a", { trigger: never })), { reason: "NEVER_FIRES" });
    });

    test("answers each conflict policy as if it were carried out, and changes nothing", async (t) => {
      const harness = await start(t);
      const { service, store, dispatch } = harness;
      await service.scheduleJob(input("a", { ...bytes(1), requestId: "r" }));
      const [out] = await harness.hand();
      const before = await store.get("a");
      dispatch.wakes.length = 0;
      const runs: unknown[] = [];
      dispatch.feed.subscribe((ended) => runs.push(...ended));
      const outcome = async (changes: Partial<ScheduleInput>) =>
        (await service.scheduleJob(check("a", changes))).outcome;
      await assert.rejects(service.scheduleJob(check("a")), {
        reason: "JOB_EXISTS",
        facts: { slug: "a", state: "RUNNING" },
      });
      assert.equal(await outcome({ onConflict: "keep" }), "kept");
      assert.equal(await outcome({ onConflict: "update", ...bytes(1) }), "kept");
      assert.equal(await outcome({ onConflict: "update", ...bytes(2) }), "updated");
      assert.equal(await outcome({ onConflict: "replace" }), "replaced");
      assert.equal(await outcome({ requestId: "r" }), "repeated");
      await assert.rejects(service.scheduleJob(check("a", { onConflict: "update", kind: "post" })), {
        reason: "KIND_DIFFERS",
      });
      assert.deepEqual(await store.get("a"), before);
      assert.deepEqual([dispatch.wakes, runs, await store.cancels(out?.lock?.lease ?? "")], [[], [], []]);
    });

    test("a COMPLETED job counts as absent, and stays", async (t) => {
      const harness = await start(t);
      await harness.service.scheduleJob(input("a", { policy: { jobRetentionMs: 60_000 } }));
      const [out] = await harness.hand();
      assert.ok(out);
      await harness.end(out, success);
      const before = await harness.store.get("a");
      assert.equal((await harness.service.scheduleJob(check("a"))).outcome, "created");
      assert.deepEqual(await harness.store.get("a"), before);
    });

    test("in a batch it finds what the items before it have stored, and nothing of those behind it", async (t) => {
      const { service, store } = await start(t);
      const answers = await service.scheduleJobs([
        check("a"),
        input("a", bytes(1)),
        check("a"),
        check("a", { onConflict: "replace" }),
        input("a", { onConflict: "update", ...bytes(2) }),
        check("a", { onConflict: "update", ...bytes(2) }),
        input("b"),
        check("b", { onConflict: "keep" }),
        check("c"),
        check("c"),
      ]);
      assert.deepEqual(
        answers.map((answer) => (answer instanceof TickwireError ? answer.reason : answer.outcome)),
        ["created", "created", "JOB_EXISTS", "replaced", "updated", "kept", "created", "kept", "created", "created"],
      );
      assert.deepEqual([...((await store.get("a"))?.payload ?? [])], [2]);
      assert.equal(await store.get("c"), undefined);
    });
  });
}
