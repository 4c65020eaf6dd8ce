import { createInterface } from "node:readline";
import type { StoredJob } from "../../../src/core/job.js";
import { openSqliteStore } from "../../../src/store/sqlite/store.js";
import { finished, request } from "../fixtures.js";

/** What a server does to the store: one word a line is asked of it, and a line answers. */
const [file = ""] = process.argv.slice(2);
const store = await openSqliteStore(file);
const due = new Date("2026-01-01T00:00:00Z");
let lease = "";
let locked: StoredJob[] = [];

const WORDS: Record<string, () => Promise<unknown>> = {
  open: async () => {
    lease = await store.openLease({ serverId: "puppet", ttlMs: 600_000, version: "" });
    return lease;
  },
  lock: async () => {
    const taken = await store.lock(request(lease, due, 10));
    locked = [...locked, ...taken];
    return taken.map(({ slug }) => slug);
  },
  renew: async () => await store.renewLease(lease),
  release: async () => (await store.release(locked.map((job) => finished(job, due)))).map(({ status }) => status),
  lose: async () => {
    const writes = locked.map((job) => ({ ...finished(job, due, "lost", "server"), lease }));
    return (await store.release(writes)).map(({ status }) => status);
  },
  leave: async () => await store.closeLease(lease),
};

process.stdout.write('"ready"\n');
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await WORDS[line]?.();
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
await store.close();
