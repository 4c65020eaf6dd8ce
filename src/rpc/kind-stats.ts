import type { KindStats as CoreStats } from "../service/get-stats.js";
import type { KindStats } from "./gen/tickwire/v1/kind.js";
import { toDuration } from "./time.js";

export function writeKindStats({ kind, jobs, estimated, workers, free, oldestLatenessMs }: CoreStats): KindStats {
  return {
    kind,
    scheduled: BigInt(jobs.scheduled),
    running: BigInt(jobs.running),
    retrying: BigInt(jobs.retrying),
    paused: BigInt(jobs.paused),
    dead: BigInt(jobs.dead),
    completed: BigInt(jobs.completed),
    estimated,
    workers,
    free,
    oldestLateness: toDuration(oldestLatenessMs),
  };
}
