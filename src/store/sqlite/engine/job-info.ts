import type { InfoValues } from "../wire.js";
import type { Connection } from "./connection.js";

const PUT = `INSERT INTO job_info (id, last_error, progress, last_result, checkpoint) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_error = excluded.last_error, progress = excluded.progress,
    last_result = excluded.last_result, checkpoint = excluded.checkpoint`;

/** Makes the row what `info` says. `had`: there was one before. */
export function writeInfo(db: Connection, id: number, info: InfoValues | null, had: boolean): void {
  if (info) db.run(PUT, [id, ...info]);
  else if (had) db.run("DELETE FROM job_info WHERE id = ?", [id]);
}

const ALL = "SELECT i.id, i.last_error, i.progress, i.last_result, i.checkpoint";
const SHORT = "SELECT i.id, i.last_error, i.progress, NULL, NULL";
const OF_IDS = " FROM json_each(?) k CROSS JOIN job_info i ON i.id = k.value";

/** By the jobs' numbers; without `blobs`, neither result nor checkpoint. */
export function readInfo(db: Connection, ids: readonly number[], blobs: boolean): Map<number, InfoValues> {
  const info = new Map<number, InfoValues>();
  if (ids.length === 0) return info;
  for (const row of db.all((blobs ? ALL : SHORT) + OF_IDS, [JSON.stringify(ids)])) {
    const [id, ...values] = row as [number, string | null, string | null, Uint8Array | null, Uint8Array | null];
    info.set(id, values);
  }
  return info;
}
