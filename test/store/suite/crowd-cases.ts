import assert from "node:assert/strict";
import { at } from "./clock.js";
import { crowd } from "./crowd.js";
import { Cases, type World } from "./harness.js";
import { job, put, range } from "./jobs.js";
import type { Claimed, Span } from "./programs.js";
import { claim, listed, open, task } from "./tasks.js";

export const crowdCases = new Cases();

crowdCases.add(18, "20 clients lock many due jobs: each exactly once, and none is left", async (world) => {
  await put(world.store, ...range(world.crowd).map((n) => job(`j${n}`)));
  const answers = await crowd(
    world,
    "claimAll",
    range(4).map(() => ({ batches: range(5).map(() => 50) })),
  );
  await eachOnce(world, answers.flat(), world.crowd);
});

crowdCases.add(19, "the same in batches of 1, 7 and 500", async (world) => {
  const count = world.crowd * 0.4;
  await put(world.store, ...range(count).map((n) => job(`j${n}`)));
  const answers = await crowd(world, "claimAll", [
    { batches: [1, 7, 500] },
    { batches: [7, 1, 1] },
    { batches: [7, 7, 1, 500] },
  ]);
  await eachOnce(world, answers.flat(), count);
});

async function eachOnce({ store }: World, claimed: readonly Claimed[], count: number): Promise<void> {
  assert.equal(claimed.length, count);
  assert.equal(new Set(claimed.map(({ token }) => token)).size, count);
  const tokens = new Map(claimed.map(({ slug, token }) => [slug, token]));
  assert.equal(tokens.size, count);
  assert.equal(await store.nextRun(["mail"]), undefined);
  for (const stored of await listed(store, {}, 1_000)) {
    assert.equal(task(stored).lock.token, tokens.get(stored.slug));
    assert.equal(stored.attempt, 1);
  }
}

crowdCases.add(
  20,
  "16 claimers in several processes: never over the limit at any instant, no slot twice",
  async (world) => {
    const limit = 5;
    const count = world.crowd / 25;
    await put(world.store, ...range(count).map((n) => job(`j${n}`)));
    const spans = (
      await crowd(
        world,
        "runAll",
        range(4).map(() => ({ clients: 4, limit })),
      )
    ).flat();
    assert.deepEqual(new Set(spans.map(({ slug }) => slug)).size, count);
    assert.equal(spans.length, count);
    assert.ok(mostAtOnce(spans) <= limit, `${mostAtOnce(spans)} at once`);
    for (const slot of range(limit)) assert.ok(mostAtOnce(spans.filter((one) => one.slot === slot + 1)) <= 1);
  },
);

crowdCases.add(20, "16 claimers in several processes that only take reach the limit, and stay there", async (world) => {
  const limit = 7;
  await put(world.store, ...range(100).map((n) => job(`j${n}`)));
  const given = range(4).map(() => ({ clients: 4, limit }));
  const slots = (await crowd(world, "takeAll", given)).flat();
  // What collided in the last turn of all was left for another one.
  const lease = await open(world.store);
  const rest = await claim(world.store, { lease, now: at(0), maxRunning: { mail: limit } });
  slots.push(...rest.map(task).map(({ lock }) => lock.slot ?? 0));
  assert.deepEqual(
    slots.sort((one, other) => one - other),
    range(limit).map((n) => n + 1),
  );
  assert.equal((await listed(world.store, { states: ["running"] })).length, limit);
});

/** How many of the spans hold at the same instant, at most. */
function mostAtOnce(spans: readonly Span[]): number {
  const changes = spans.flatMap(({ from, to }) => [
    { time: from, by: 1 },
    { time: to, by: -1 },
  ]);
  // One that ends as another begins was out before.
  changes.sort((one, other) => one.time - other.time || one.by - other.by);
  let count = 0;
  let most = 0;
  for (const { by } of changes) {
    count += by;
    most = Math.max(most, count);
  }
  return most;
}

crowdCases.add(27, "batches of releases cross with batches of claims: no error, nothing lost", async (world) => {
  await put(world.store, ...range(60).map((n) => job(`j${n}`)));
  const turns = Math.round((150 * world.crowd) / 10_000);
  const answers = await crowd(
    world,
    "churn",
    range(3).map(() => ({ clients: 4, turns })),
  );
  const released = answers.reduce((sum, one) => sum + one, 0);
  assert.ok(released > 6 * turns);
  const jobs = await listed(world.store);
  assert.equal(jobs.length, 60);
  for (const one of jobs) assert.deepEqual([one.lock, one.due, one.attempt], [undefined, one.at, 0]);
  assert.equal(
    jobs.reduce((sum, one) => sum + one.counts.snoozed, 0),
    released,
  );
});
