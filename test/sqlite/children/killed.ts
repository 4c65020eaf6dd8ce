import { Connection } from "../../../src/store/sqlite/engine/connection.js";
import { openSqliteStore } from "../../../src/store/sqlite/store.js";
import { finished, item, onceJob, request } from "../fixtures.js";

/**
 * Does one thing to the store, and dies of kill -9 before its nth statement; with n one above their number, before anybody is
 * told. Says "survived" where there are not so many.
 */
const [file = "", what = "", nth = ""] = process.argv.slice(2);
const due = new Date("2026-01-01T00:00:00Z");
const store = await openSqliteStore(file, { thread: false });
const lease = await store.openLease({ serverId: "killed", ttlMs: 600_000, version: "" });
const claim = request(lease, due, 6, {
  room: new Map([
    ["mail", 3],
    ["few", 3],
  ]),
  maxRunning: new Map([["few", 2]]),
});
const locked = what === "release" ? await store.lock(claim) : [];

let left = Number(nth);
const step = (): void => {
  if (--left === 0) process.kill(process.pid, "SIGKILL");
};
for (const name of ["run", "all", "get", "exec"] as const) {
  const original = Connection.prototype[name] as (...args: unknown[]) => unknown;
  Object.defineProperty(Connection.prototype, name, {
    value(this: Connection, ...args: unknown[]) {
      step();
      return original.apply(this, args);
    },
  });
}

const WHATS: Record<string, () => Promise<unknown>> = {
  create: () => store.create(["x", "y"].map((slug) => item(onceJob(slug, due)))),
  lock: () => store.lock(claim),
  release: () => store.release(locked.map((job) => finished(job, due))),
};
await WHATS[what]?.();
step();
process.stdout.write("survived\n");
