import type { Context } from "./context.js";

const PUT = `INSERT INTO workers (instance, lease, status) VALUES (?, ?, ?)
  ON CONFLICT (instance) DO UPDATE SET lease = excluded.lease, status = excluded.status`;
/** A worker that has gone on to another server is that server's to remove. */
const REMOVE = "DELETE FROM workers WHERE lease = ? AND instance IN (SELECT value FROM json_each(?))";

export function putWorkers(
  context: Context,
  lease: string,
  put: readonly (readonly [instance: string, text: string])[],
  removeInstances: readonly string[],
): void {
  if (removeInstances.length > 0) context.db.run(REMOVE, [lease, JSON.stringify(removeInstances)]);
  for (const [instance, text] of put) context.db.run(PUT, [instance, lease, text]);
}

const LIST = `SELECT w.status FROM workers w WHERE w.instance > ?
  AND EXISTS (SELECT 1 FROM leases l WHERE l.id = w.lease AND l.state = 'live') ORDER BY w.instance LIMIT ?`;

/** Texts of the workers of live leases, in the order of their instances. */
export function listWorkers(context: Context, after: string, limit: number): string[] {
  return context.db.all(LIST, [after, limit]).map(([text]) => text as string);
}
