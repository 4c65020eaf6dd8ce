import { join } from "node:path";
import type { StoredJob } from "../../src/core/job.js";
import { createCall } from "../../src/store/sqlite/calls.js";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import { Engine } from "../../src/store/sqlite/engine/engine.js";
import { openFile } from "../../src/store/sqlite/engine/open-file.js";
import type { WriteAnswer, WriteArguments, WriteName } from "../../src/store/sqlite/engine/operations.js";
import type { CreateCall } from "../../src/store/sqlite/wire.js";
import { item, temporaryFolder } from "./fixtures.js";

/** An engine on a new file, with the connection under it. */
export async function engineFile(t: { after(done: () => void): void }) {
  const path = join(temporaryFolder(t), "store.db");
  // The file is made and migrated by the one, and used by the other.
  (await openFile(path, 5_000)).close();
  const db = new Connection(path, 10);
  const engine = new Engine(db);
  t.after(() => engine.close());
  return { path, db, engine };
}

/** One write in a transaction of its own. */
export function write<N extends WriteName>(engine: Engine, name: N, ...args: WriteArguments<N>): WriteAnswer<N> {
  const reply = engine.write([{ name, args }]);
  if ("failure" in reply) throw new Error(reply.message);
  const [fault] = reply.faults;
  if (fault) throw new Error(fault.message);
  return reply.answers[0] as WriteAnswer<N>;
}

export function created(...jobs: StoredJob[]): CreateCall {
  return createCall(jobs.map(item));
}
