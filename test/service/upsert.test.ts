import assert from "node:assert/strict";
import { test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import type { ScheduleInput } from "../../src/service/schedule-input.js";
import { everyMinute, input, startService } from "./harness.js";
import { STORES } from "./stores.js";
import { upsertTests } from "./upsert-tests.js";

const upsert = (slug: string, changes: Partial<ScheduleInput> = {}): ScheduleInput =>
  input(slug, { onConflict: "update", ...changes });

for (const store of STORES) upsertTests(store);

test("a service that starts with a thousand jobs reads and writes them in two calls of the store", async () => {
  const { service, store } = await startService();
  const calls = Array.from({ length: 1_000 }, (_, n) => upsert(`job-${n}`, { trigger: everyMinute }));
  await service.scheduleJobs(calls);
  const asked: string[] = [];
  const { create, edit } = store;
  store.create = (items) => {
    asked.push("create");
    return create.call(store, items);
  };
  store.edit = (slugs, change) => {
    asked.push("edit");
    return edit.call(store, slugs, change) as never;
  };
  const answers = await service.scheduleJobs(calls);
  assert.ok(answers.every((answer) => !(answer instanceof TickwireError) && answer.outcome === "kept"));
  assert.deepEqual(asked, ["create", "edit"]);
});
