import { writeSync } from "node:fs";
import { openSqliteStore } from "../../../src/store/sqlite/store.js";
import { finished, item, onceJob, request } from "../fixtures.js";

/** Creates, locks and releases until it is killed, and says what was acknowledged: a line each, written before the next call. */
const [file = "", name = ""] = process.argv.slice(2);
const store = await openSqliteStore(file);
const lease = await store.openLease({ serverId: name, ttlMs: 30_000, version: "" });
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
const due = new Date("2026-01-01T00:00:00Z");

for (let batch = 0; ; batch++) {
  const slugs = Array.from({ length: 20 }, (_, n) => `${name}-${batch}-${n}`);
  // In one turn: they share commits.
  const creating = slugs.map(async (slug) => {
    await store.create([item(onceJob(slug, due, { payload: Buffer.from(slug) }))]);
    say(`created ${slug}`);
  });
  const locking = store.lock(request(lease, due, 15));
  await Promise.all(creating);
  const locked = await locking;
  for (const job of locked) say(`locked ${job.slug} ${job.lock?.token}`);
  const ending = locked.slice(0, 10);
  await store.release(ending.map((job) => finished(job, due)));
  for (const job of ending) say(`released ${job.slug} ${job.lock?.token}`);
}
