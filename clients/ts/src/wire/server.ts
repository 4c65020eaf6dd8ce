import type {
  GetServerInfoResponse,
  GetStatsResponse,
  WorkerStatus as WireWorker,
} from "../gen/tickwire/v1/scheduler.js";
import type { ServerInfo, Stats, WorkerStatus } from "../server.js";
import { fromWireKindStats } from "./kind.js";
import { toDate } from "./time.js";

export function fromWireWorker(wire: WireWorker): WorkerStatus {
  return {
    workerId: wire.workerId,
    serverId: wire.serverId,
    client: wire.client,
    info: Object.fromEntries(wire.info),
    maxTasks: wire.capacity?.maxTasks ?? 0,
    kinds: (wire.capacity?.kinds ?? []).map(({ kind, maxTasks }) => ({ kind, maxTasks })),
    running: wire.running,
    draining: wire.draining,
    connectTime: toDate(wire.connectTime),
    lastSeenTime: toDate(wire.lastSeenTime),
  };
}

export function fromWireStats(wire: GetStatsResponse): Stats {
  return {
    kinds: wire.kinds.map(fromWireKindStats),
    servers: wire.servers.map((one) => ({
      serverId: one.serverId,
      version: one.version,
      startTime: toDate(one.startTime),
      renewTime: toDate(one.renewTime),
      workers: one.workers,
    })),
  };
}

export function fromWireServerInfo(wire: GetServerInfoResponse): ServerInfo {
  return {
    version: wire.version,
    serverId: wire.serverId,
    minProtocolRevision: wire.minProtocolRevision,
    maxProtocolRevision: wire.maxProtocolRevision,
    store: wire.store,
    limits: Object.fromEntries([...wire.limits].map(([name, value]) => [name, Number(value)])),
  };
}
