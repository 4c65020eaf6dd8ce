import { openSqliteStore } from "../../../src/store/sqlite/store.js";

/** Asks two things of a store, one after the other, says the second's answer, and leaves the store open. */
const [file = ""] = process.argv.slice(2);
const store = await openSqliteStore(file);
void store
  .openLease({ serverId: "s", ttlMs: 1, version: "" })
  .then(() => store.leases())
  .then(({ length }) => process.stdout.write(`${length}\n`));
