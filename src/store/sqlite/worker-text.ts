import type { WorkerStatus } from "../../core/worker.js";

interface WorkerText extends Omit<WorkerStatus, "capacity" | "connectedAt" | "lastSeenAt"> {
  readonly maxTasks: number;
  readonly kinds: readonly (readonly [kind: string, bound: number | null])[];
  readonly connectedAt: number;
  readonly lastSeenAt: number;
}

/** A worker as one JSON text. */
export function workerText(worker: WorkerStatus): string {
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

export function workerOf(text: string): WorkerStatus {
  const { maxTasks, kinds, connectedAt, lastSeenAt, ...rest } = JSON.parse(text) as WorkerText;
  return {
    ...rest,
    capacity: { maxTasks, kinds: new Map(kinds.map(([kind, bound]) => [kind, bound ?? undefined])) },
    connectedAt: new Date(connectedAt),
    lastSeenAt: new Date(lastSeenAt),
  };
}
