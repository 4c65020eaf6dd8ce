import type { WorkerStatus } from "../../core/worker.js";

interface WorkerText extends Omit<WorkerStatus, "capacity" | "held" | "connectedAt" | "lastSeenAt"> {
  readonly maxTasks: number;
  readonly kinds: readonly (readonly [kind: string, bound: number | null])[];
  readonly held?: readonly (readonly [kind: string, count: number])[];
  readonly connectedAt: number;
  readonly lastSeenAt: number;
}

/** A worker as one JSON text. */
export function workerText(worker: WorkerStatus): string {
  const { capacity, held, connectedAt, lastSeenAt, ...rest } = worker;
  const text: WorkerText = {
    ...rest,
    maxTasks: capacity.maxTasks,
    kinds: [...capacity.kinds].map(([kind, bound]) => [kind, bound ?? null]),
    ...(held && { held: [...held] }),
    connectedAt: connectedAt.getTime(),
    lastSeenAt: lastSeenAt.getTime(),
  };
  return JSON.stringify(text);
}

export function workerOf(text: string): WorkerStatus {
  const { maxTasks, kinds, held, connectedAt, lastSeenAt, ...rest } = JSON.parse(text) as WorkerText;
  return {
    ...rest,
    capacity: { maxTasks, kinds: new Map(kinds.map(([kind, bound]) => [kind, bound ?? undefined])) },
    ...(held && { held: new Map(held) }),
    connectedAt: new Date(connectedAt),
    lastSeenAt: new Date(lastSeenAt),
  };
}
