import type { ServerStatus as CoreStatus } from "../service/get-stats.js";
import type { ServerStatus } from "./gen/tickwire/v1/scheduler.js";
import { toTimestamp } from "./time.js";

export function writeServer({ serverId, version, startedAt, renewedAt, workers }: CoreStatus): ServerStatus {
  return { serverId, version, startTime: toTimestamp(startedAt), renewTime: toTimestamp(renewedAt), workers };
}
