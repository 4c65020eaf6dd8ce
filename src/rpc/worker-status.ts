import type { WorkerStatus as CoreStatus } from "../core/worker.js";
import type { WorkerStatus } from "./gen/tickwire/v1/scheduler.js";
import { toTimestamp } from "./time.js";

export function writeWorker(worker: CoreStatus): WorkerStatus {
  const kinds = [...worker.capacity.kinds].map(([kind, maxTasks]) => ({ kind, maxTasks }));
  return {
    workerId: worker.workerId,
    serverId: worker.serverId,
    client: worker.client,
    info: new Map(Object.entries(worker.info)),
    capacity: { maxTasks: worker.capacity.maxTasks, kinds },
    running: worker.running,
    draining: worker.draining,
    connectTime: toTimestamp(worker.connectedAt),
    lastSeenTime: toTimestamp(worker.lastSeenAt),
  };
}
