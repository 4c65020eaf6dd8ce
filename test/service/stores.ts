import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { type OpenStore, openMemory } from "./harness.js";

/** In a folder of its own, which goes when the store is closed. */
const openSqlite: OpenStore = async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-service-"));
  const store = await openSqliteStore(join(folder, "test.db"), { clock, thread: false });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await rm(folder, { recursive: true });
  };
  return store;
};

export interface TestedStore {
  readonly name: string;
  readonly open: OpenStore;
}

/** The stores that answer alike, whatever is behind them; the MongoDB one has its tests in test/mongo. */
export const STORES: readonly TestedStore[] = [
  { name: "memory", open: openMemory },
  { name: "sqlite", open: openSqlite },
];
