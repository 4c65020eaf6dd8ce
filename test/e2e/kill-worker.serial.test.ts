import assert from "node:assert/strict";
import { it } from "node:test";
import { afterRuns, runsBySlug, scheduleAll, untilAllGone } from "./fleet/jobs.js";
import { Fleet } from "./fleet/processes.js";

const JOBS = 5_000;

it("kill -9 of one worker: only what it held runs again", { timeout: 120_000 }, async (t) => {
  const killAt = 200 + Math.floor(Math.random() * (JOBS - 1_000));
  t.diagnostic(`a worker is killed after ${killAt} runs`);
  await using fleet = await Fleet.open();
  await fleet.serve();
  const killed = await fleet.work(40, 30);
  const living = await fleet.work(40, 30);
  const slugs = Array.from({ length: JOBS }, (_, n) => `job-${n}`);
  const { reached } = await afterRuns(fleet.client, killAt);
  const scheduled = scheduleAll(fleet.client, slugs, 250);
  await reached;
  await fleet.kill(killed.child);
  await scheduled;
  await untilAllGone(fleet.client, 60_000);

  const runs = await runsBySlug(fleet.client);
  assert.equal(runs.size, JOBS, "a job has no run");
  const byDead = { slugs: new Set<string>(), runs: new Set<string>() };
  const byLiving = { slugs: new Set<string>(), runs: new Set<string>() };
  for (const { slug, runId } of killed.begun()) {
    byDead.slugs.add(slug);
    byDead.runs.add(runId);
  }
  for (const { slug, runId } of living.begun()) {
    assert.ok(!byLiving.slugs.has(slug), `${slug}: the living worker ran it twice`);
    byLiving.slugs.add(slug);
    byLiving.runs.add(runId);
  }
  let again = 0;
  for (const slug of slugs) {
    const ended = runs.get(slug) ?? [];
    assert.equal(ended.filter((run) => run.state === "succeeded").length, 1, slug);
    for (const run of ended) {
      if (run.state === "succeeded") continue;
      if (run.state === "released") {
        const began = byDead.runs.has(run.runId) || byLiving.runs.has(run.runId);
        assert.ok(!began, `${slug}: handed back as never sent, and it was`);
        continue;
      }
      assert.equal(run.state, "lost", slug);
      again++;
      assert.ok(!byLiving.runs.has(run.runId), `${slug}: the living worker's attempt was settled as lost`);
    }
    const twice = byLiving.slugs.has(slug) && byDead.slugs.has(slug);
    if (twice)
      assert.ok(
        ended.some((run) => run.state === "lost" && byDead.runs.has(run.runId)),
        slug,
      );
  }
  assert.ok(again <= 40, `${again} ran again, and the worker held at most 40`);
  t.diagnostic(`${again} tasks of the killed worker ran again`);
});
