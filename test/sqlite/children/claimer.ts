import { openSqliteStore } from "../../../src/store/sqlite/store.js";
import { finished, request } from "../fixtures.js";

/** Claims and releases what is due until nothing is, then says which slugs it had. */
const [file = ""] = process.argv.slice(2);
const store = await openSqliteStore(file, { patienceMs: 30_000 });
const lease = await store.openLease({ serverId: "claimer", ttlMs: 30_000, version: "" });
const due = new Date("2026-01-01T00:00:00Z");
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.destroy();

for (;;) {
  const locked = await store.lock(request(lease, due, 17));
  if (locked.length === 0) break;
  const answers = await store.release(locked.map((job) => finished(job, due)));
  for (const [at, { status }] of answers.entries()) process.stdout.write(`${status} ${locked[at]?.slug}\n`);
}
await store.close();
process.stdout.write("done\n");
