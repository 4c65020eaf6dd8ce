import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { afterRuns, runsBySlug, scheduleAll, untilAllGone } from "../../e2e/fleet/jobs.js";
import { Fleet, type FleetWorker } from "../../e2e/fleet/processes.js";
import type { Language } from "../suite/languages.js";

const places = 40;
const mostMs = 30;

/**
 * A server and a worker of each of `languages`, while `jobs` jobs are scheduled; the server dies by kill -9 in the midst of it, and
 * comes back. Each job's run succeeds once, and none of the workers, which all live on, ran one twice.
 */
export async function killServer(languages: readonly Language[], jobs: number, t: TestContext): Promise<void> {
  const killAt = 100 + Math.floor(Math.random() * (jobs / 2));
  t.diagnostic(`the server is killed after ${killAt} runs`);
  await using fleet = await Fleet.open();
  const server = await fleet.serve();
  const workers = await Promise.all(languages.map(({ command }) => fleet.workWith(command, places, mostMs)));
  const slugs = await scheduled(fleet, jobs, killAt, async () => {
    await fleet.kill(server);
    await fleet.serve();
  });

  const runs = await runsBySlug(fleet.client);
  assert.equal(runs.size, jobs, "a job has no run");
  const begun = new Map<string, number>();
  for (const { slug } of workers.flatMap((worker) => worker.begun())) begun.set(slug, (begun.get(slug) ?? 0) + 1);
  for (const slug of slugs) {
    const states = (runs.get(slug) ?? []).map(({ state }) => state);
    assert.equal(states.filter((state) => state === "succeeded").length, 1, `${slug}: ${states.join()}`);
    // What was claimed but never reached a worker may be handed back or lost; nothing else.
    const others = states.filter((state) => !["succeeded", "lost", "released"].includes(state));
    assert.deepEqual(others, [], slug);
    assert.equal(begun.get(slug), 1, `${slug} began ${begun.get(slug)} times`);
  }
  for (const [index, worker] of workers.entries()) {
    const count = worker.begun().length;
    t.diagnostic(`${languages[index]?.name} ran ${count}`);
    assert.ok(count > 0, `${languages[index]?.name} ran none`);
  }
}

/** Two workers of one language, one of which dies by kill -9: only what it held may run again, on the other. */
export async function killWorker({ command }: Language, jobs: number, t: TestContext): Promise<void> {
  const killAt = 100 + Math.floor(Math.random() * (jobs / 2));
  t.diagnostic(`a worker is killed after ${killAt} runs`);
  await using fleet = await Fleet.open();
  await fleet.serve();
  const [killed, living] = await Promise.all([
    fleet.workWith(command, places, mostMs),
    fleet.workWith(command, places, mostMs),
  ]);
  const slugs = await scheduled(fleet, jobs, killAt, () => fleet.kill(killed.child));

  const runs = await runsBySlug(fleet.client);
  assert.equal(runs.size, jobs, "a job has no run");
  const byDead = runsOf(killed);
  const byLiving = runsOf(living);
  assert.equal(byLiving.size, new Set(living.begun().map(({ slug }) => slug)).size, "the living worker ran one twice");
  let again = 0;
  for (const slug of slugs) {
    const ended = runs.get(slug) ?? [];
    assert.equal(ended.filter(({ state }) => state === "succeeded").length, 1, slug);
    for (const { state, runId } of ended) {
      if (state === "succeeded") continue;
      if (state === "released") {
        assert.ok(!byDead.has(runId) && !byLiving.has(runId), `${slug}: handed back as never sent, and it was`);
        continue;
      }
      assert.equal(state, "lost", slug);
      assert.ok(!byLiving.has(runId), `${slug}: the living worker's attempt was settled as lost`);
      again++;
    }
  }
  assert.ok(again <= places, `${again} ran again, and the worker held at most ${places}`);
  t.diagnostic(`${again} tasks of the killed worker ran again`);
}

/** Schedules jobs, breaks something after so many runs, and waits until all jobs have run. */
async function scheduled(fleet: Fleet, jobs: number, killAt: number, breaks: () => Promise<void>): Promise<string[]> {
  const slugs = Array.from({ length: jobs }, (_, n) => `job-${n}`);
  const { reached } = await afterRuns(fleet.client, killAt);
  // The caller goes on over the break: its repeats name the same calls.
  const all = scheduleAll(fleet.client, slugs, 100);
  await reached;
  await breaks();
  await all;
  await untilAllGone(fleet.client, 60_000);
  return slugs;
}

function runsOf(worker: FleetWorker): Set<string> {
  return new Set(worker.begun().map(({ runId }) => runId));
}
