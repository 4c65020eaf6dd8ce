import { Connection } from "../../../src/store/sqlite/engine/connection.js";
import { openSqliteStore } from "../../../src/store/sqlite/store.js";
import { finished, request } from "../fixtures.js";

/**
 * Claims the job that is due (`claim`), or claims it and ends it with all that an outcome can say (`release`): and is killed, as by
 * kill -9, when everything of that last step is written and its commit is about to be.
 */
const [file = "", step = ""] = process.argv.slice(2);
const due = new Date("2026-01-01T00:00:00Z");
const store = await openSqliteStore(file, { thread: false });
const lease = await store.openLease({ serverId: "killed", ttlMs: 30_000, version: "" });
if (step === "claim") dieAtCommit();
const [job] = await store.lock(request(lease, due, 1));
if (!job?.lock) throw new Error("nothing was due");
process.send?.({ token: job.lock.token });
dieAtCommit();
await store.release([finished(job, due)]);
process.send?.({ survived: true });

function dieAtCommit(): void {
  const { run } = Connection.prototype;
  Connection.prototype.run = function (sql, parameters) {
    if (sql === "COMMIT") process.kill(process.pid, "SIGKILL");
    return run.call(this, sql, parameters);
  };
}
