import assert from "node:assert/strict";
import { it } from "node:test";
import { Worker } from "@tickwire/client";
import { ServerProcess, until } from "../database/servers.js";
import { range } from "../store/suite/jobs.js";
import { runsOf } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const JOBS = 400;

it("50 kill -9 of the database under load: every acknowledged create and result is there, and its servers recover alone", {
  timeout: 120_000,
}, async (t) => {
  const server = await mongoServer({ mayKill: true, syncOnCommit: true });
  if ("skip" in server) return t.skip(server.skip);
  await using database = server;
  const data = mongoData(database.uri);
  await using one = await ServerProcess.start(data.url, "one");
  await using two = await ServerProcess.start(data.url, "two");
  const begun = new Map<string, number>();
  const workers = [one, two].map(({ address }) =>
    new Worker({ address, maxTasks: 20 })
      .handle("work", async ({ slug }) => {
        begun.set(slug, (begun.get(slug) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 20));
      })
      .start(),
  );
  await Promise.all(workers.map(({ ready }) => ready));
  const slugs = range(JOBS).map((n) => `j${n}`);
  // Each call is one of its own, repeated over the outage by the client: what it names as stored must be.
  const acknowledged: string[] = [];
  const scheduling = (async () => {
    for (let from = 0; from < JOBS; from += 20) {
      const batch = slugs.slice(from, from + 20);
      const { client } = from % 40 ? one : two;
      for (const { error } of await client.scheduleJobs(batch.map((slug) => ({ slug, kind: "work" })))) {
        if (error) throw error;
      }
      acknowledged.push(...batch);
    }
  })();
  await until(async () => begun.size > JOBS / 4);
  await database.kill();
  const acknowledgedBefore = acknowledged.length;
  await database.restart();
  await scheduling;
  const store = await data.open(() => new Date());
  try {
    await until(async () => (await store.list({ filter: {}, limit: 1, payloads: false })).items.length === 0);
    const states = new Map<string, string[]>();
    for (const { slug, state } of await runsOf(store)) states.set(slug, [...(states.get(slug) ?? []), state]);
    for (const slug of slugs) {
      const own = states.get(slug) ?? [];
      assert.equal(own.filter((state) => state === "succeeded").length, 1, `${slug}: ${own}`);
      // A claim whose answer was lost never reached a worker.
      assert.ok(
        own.every((state) => ["succeeded", "lost", "released"].includes(state)),
        `${slug}: ${own}`,
      );
      assert.equal(begun.get(slug), 1, `${slug} began ${begun.get(slug)} times`);
    }
    t.diagnostic(
      `${acknowledgedBefore} of ${JOBS} were acknowledged before; ${[...states.values()].flat().length} runs`,
    );
    await Promise.all([one, two].map((each) => each.answers(undefined)));
  } finally {
    await store.close();
    await Promise.all(workers.map((running) => running.stop()));
  }
});
