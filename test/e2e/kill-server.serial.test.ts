import assert from "node:assert/strict";
import { it } from "node:test";
import { afterRuns, runsBySlug, scheduleAll, untilAllGone } from "./fleet/jobs.js";
import { Fleet } from "./fleet/processes.js";

const JOBS = 5_000;

it("kill -9 of the server at a random moment: each job's run succeeds exactly once, and no living worker runs one twice", {
  timeout: 120_000,
}, async (t) => {
  const killAt = 200 + Math.floor(Math.random() * (JOBS - 1_000));
  t.diagnostic(`the server is killed after ${killAt} runs`);
  await using fleet = await Fleet.open();
  const server = await fleet.serve();
  const workers = [await fleet.work(40, 30), await fleet.work(40, 30)];
  const slugs = Array.from({ length: JOBS }, (_, n) => `job-${n}`);
  const { reached } = await afterRuns(fleet.client, killAt);
  // The caller goes on over the restart: its repeats name the same calls.
  const scheduled = scheduleAll(fleet.client, slugs, 250);
  await reached;
  await fleet.kill(server);
  await fleet.serve();
  await scheduled;
  await untilAllGone(fleet.client, 60_000);

  const runs = await runsBySlug(fleet.client);
  assert.equal(runs.size, JOBS, "a job has no run");
  const begun = new Map<string, number>();
  for (const { slug } of workers.flatMap((worker) => worker.begun())) begun.set(slug, (begun.get(slug) ?? 0) + 1);
  let lost = 0;
  for (const slug of slugs) {
    const states = (runs.get(slug) ?? []).map((run) => run.state);
    assert.equal(states.filter((state) => state === "succeeded").length, 1, `${slug}: ${states.join()}`);
    // What was claimed but never reached a worker may be handed back or lost; nothing else.
    assert.ok(
      states.every((state) => ["succeeded", "lost", "released"].includes(state)),
      `${slug}: ${states.join()}`,
    );
    lost += states.length - 1;
    assert.equal(begun.get(slug), 1, `${slug} began ${begun.get(slug)} times`);
  }
  t.diagnostic(`${lost} tasks were claimed but never reached a worker`);
});
