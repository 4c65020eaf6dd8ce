import type { WorkerStatus } from "../../core/worker.js";
import type { Page } from "../store.js";
import { workerOf, workerText } from "../text/worker-text.js";
import { type Columns, table } from "./columns.js";
import type { Context } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { inTime } from "./database-clock.js";
import { insist } from "./failure.js";

const WORKER: Columns = [
  ["instance", "text"],
  ["status", "text"],
];

/**
 * A worker that has gone on to another server is that server's to remove. One that is put is not among those that go: both
 * are one statement, and neither sees what the other did. In time: by then the worker may be another server's.
 */
const PUT = `WITH gone AS (DELETE FROM @workers WHERE lease = $1 AND instance = ANY ($2::text[]) AND NOT instance = ANY ($3::text[]))
  INSERT INTO @workers (lease, instance, status) SELECT $1, instance, status FROM ${table("w", WORKER, 3)} WHERE ${inTime(5)}
  ORDER BY instance
  ON CONFLICT (instance) DO UPDATE SET lease = excluded.lease, status = excluded.status`;

export async function putWorkers(
  { db }: Context,
  lease: string,
  put: readonly WorkerStatus[],
  removeInstances: readonly string[],
): Promise<void> {
  if (put.length + removeInstances.length === 0) return;
  const newest = new Map(put.map((worker) => [worker.instance, workerText(worker)]));
  const values = [lease, [...removeInstances], [...newest.keys()], [...newest.values()]];
  await insist(STATEMENT_MS, () => db.timely(PUT, values));
}

const LIST = `SELECT w.status FROM @workers w WHERE w.instance > $1 COLLATE "C"
  AND EXISTS (SELECT 1 FROM @leases l WHERE l.id = w.lease AND l.state = 'live') ORDER BY w.instance LIMIT $2`;

export async function listWorkers(
  { db }: Context,
  after: string | undefined,
  limit: number,
): Promise<Page<WorkerStatus>> {
  const rows = await db.read(LIST, [after ?? "", limit + 1]);
  const items = rows.slice(0, limit).map(([text]) => workerOf(text as string));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, next: last.instance } : { items };
}
