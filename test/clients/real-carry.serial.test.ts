import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Run } from "@tickwire/client";
import { untilAllGone } from "../e2e/fleet/jobs.js";
import { Fleet } from "../e2e/fleet/processes.js";
import { type Language, languages } from "./suite/languages.js";
import { RunnerProcess } from "./suite/runner-process.js";

const { present, absent } = await languages();
const patienceMs = 30_000;

/** A runner with the one task of a fleet in hand, which ends when the gate "end" is opened. */
async function holding(fleet: Fleet, language: Language): Promise<RunnerProcess> {
  const runner = new RunnerProcess(language, { addresses: [fleet.address], mode: "script", kinds: { work: {} } });
  await event(runner, "ready");
  await fleet.client.scheduleJob({
    slug: "long",
    kind: "work",
    payload: { steps: [{ await: "end" }, { return: "carried" }] },
  });
  await event(runner, "began");
  return runner;
}

async function event(runner: RunnerProcess, name: string): Promise<void> {
  const { item } = await runner.events.take(`the event ${name}`, patienceMs);
  assert.equal(item["event"], name);
}

/** Resolves once the server has taken over the one task that is out. */
async function untilAdopted({ client }: Fleet): Promise<void> {
  for (;;) {
    for await (const { running } of client.listWorkers()) if (running === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function assertOneRun(fleet: Fleet): Promise<void> {
  await untilAllGone(fleet.client, patienceMs);
  const runs: Run[] = [];
  for await (const run of fleet.client.listRuns({ view: "full" })) runs.push(run);
  assert.deepEqual(
    runs.map(({ state, attempt, result }) => [state, attempt, Buffer.from(result).toString()]),
    [["succeeded", 1, "carried"]],
  );
}

for (const { name, skip } of absent) it(`${name} carries a task`, { skip }, () => {});

// Most of the time a fleet waits for its server's drain to end.
describe("SIGTERM", { concurrency: 3 }, () => {
  for (const language of present) {
    const to = (what: string) => `to ${what} in ${language.name}`;
    it(`${to("a server with a task that outlasts the drain, under a worker")}: the next server gets its result`, {
      timeout: 90_000,
    }, async (t) => {
      await using fleet = await Fleet.open();
      const server = await fleet.serve();
      const runner = await holding(fleet, language);
      t.after(() => runner.kill());
      assert.equal(await fleet.terminate(server), 0, "the server's end was not orderly");
      await fleet.serve();
      await untilAdopted(fleet);
      runner.command({ open: "end" });
      await assertOneRun(fleet);
    });

    it(`${to("a worker with a task in hand")}: it ends it, has it recorded, and exits with 0`, {
      timeout: 60_000,
    }, async (t) => {
      await using fleet = await Fleet.open();
      await fleet.serve();
      const runner = await holding(fleet, language);
      t.after(() => runner.kill());
      runner.signal("SIGTERM");
      await untilDraining(fleet);
      // It takes no more from then on.
      await fleet.client.scheduleJob({ slug: "other", kind: "work" });
      runner.command({ open: "end" });
      await event(runner, "drained");
      assert.equal(await runner.exited, 0);
      await fleet.client.deleteJob("other");
      await assertOneRun(fleet);
    });
  }
});

async function untilDraining({ client }: Fleet): Promise<void> {
  for (;;) {
    for await (const { draining } of client.listWorkers()) if (draining) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
