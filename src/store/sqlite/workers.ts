import type { WorkerStatus } from "../../core/worker.js";
import type { Page } from "../store.js";
import type { Context } from "./context.js";

interface WorkerText extends Omit<WorkerStatus, "capacity" | "connectedAt" | "lastSeenAt"> {
  readonly maxTasks: number;
  readonly kinds: readonly (readonly [kind: string, bound: number | null])[];
  readonly connectedAt: number;
  readonly lastSeenAt: number;
}

const PUT = `INSERT INTO workers (instance, lease, status) VALUES (?, ?, ?)
  ON CONFLICT (instance) DO UPDATE SET lease = excluded.lease, status = excluded.status`;
/** A worker that has gone on to another server is that server's to remove. */
const REMOVE = "DELETE FROM workers WHERE lease = ? AND instance IN (SELECT value FROM json_each(?))";

/** `Store.putWorkers`, inside a transaction. */
export function putWorkers(
  context: Context,
  lease: string,
  put: readonly WorkerStatus[],
  removeInstances: readonly string[],
): void {
  if (removeInstances.length > 0) context.db.run(REMOVE, [lease, JSON.stringify(removeInstances)]);
  for (const worker of put) context.db.run(PUT, [worker.instance, lease, workerText(worker)]);
}

const LIST = `SELECT w.status FROM workers w WHERE w.instance > ?
  AND EXISTS (SELECT 1 FROM leases l WHERE l.id = w.lease AND l.state = 'live') ORDER BY w.instance LIMIT ?`;

/** `Store.listWorkers`. */
export function listWorkers(context: Context, after: string | undefined, limit: number): Page<WorkerStatus> {
  const found = context.db.all(LIST, [after ?? "", limit + 1]).map(([text]) => workerOf(text as string));
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return found.length > limit && last ? { items, next: last.instance } : { items };
}

function workerText(worker: WorkerStatus): string {
  const { capacity, connectedAt, lastSeenAt, ...rest } = worker;
  const text: WorkerText = {
    ...rest,
    maxTasks: capacity.maxTasks,
    kinds: [...capacity.kinds].map(([kind, bound]) => [kind, bound ?? null]),
    connectedAt: connectedAt.getTime(),
    lastSeenAt: lastSeenAt.getTime(),
  };
  return JSON.stringify(text);
}

function workerOf(text: string): WorkerStatus {
  const { maxTasks, kinds, connectedAt, lastSeenAt, ...rest } = JSON.parse(text) as WorkerText;
  return {
    ...rest,
    capacity: { maxTasks, kinds: new Map(kinds.map(([kind, bound]) => [kind, bound ?? undefined])) },
    connectedAt: new Date(connectedAt),
    lastSeenAt: new Date(lastSeenAt),
  };
}
