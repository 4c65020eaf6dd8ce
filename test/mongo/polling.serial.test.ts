import assert from "node:assert/strict";
import { it } from "node:test";
import { Worker } from "@tickwire/client";
import { ServerProcess } from "../database/servers.js";
import { range } from "../store/suite/jobs.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

/** A server's poll, and what two busy cores may add to it. */
const MOST_MS = 1_000 + 1_000;

it("53 without a single wake-up a job of one server's caller reaches the other's worker within its poll", {
  timeout: 60_000,
}, async (t) => {
  const found = await mongoServer({ mayKill: true, standalone: true });
  if ("skip" in found) return t.skip(found.skip);
  await using database = found;
  const data = mongoData(database.uri);
  const allowed = { TICKWIRE_MONGODB_ALLOW_STANDALONE: "1" };
  await using one = await ServerProcess.start(data.url, "one", allowed);
  await using two = await ServerProcess.start(data.url, "two", allowed);
  const began = new Map<string, (atMs: number) => void>();
  await using running = new Worker({ address: one.address })
    .handle("work", ({ slug }) => began.get(slug)?.(performance.now()))
    .start();
  await running.ready;
  const late: number[] = [];
  for (const n of range(4)) {
    const slug = `j${n}`;
    const run = new Promise<number>((resolve) => began.set(slug, resolve));
    await two.client.scheduleJob({ slug, kind: "work" });
    const storedMs = performance.now();
    late.push((await run) - storedMs);
  }
  t.diagnostic(`late by ${late.map(Math.round).join(", ")} ms`);
  assert.ok(Math.max(...late) < MOST_MS, `${late}`);
  for (const { lines } of [one, two]) {
    assert.equal(lines.filter(({ msg }) => msg.startsWith("MongoDB has no change streams here")).length, 1);
  }
});
