import { Kind as Wire, type KindStats as WireStats } from "../gen/tickwire/v1/kind.js";
import type { Kind, KindInput, KindStats } from "../kind.js";
import { fromWirePause } from "./job.js";
import { int32 } from "./number.js";
import { fromWirePolicy, toWirePolicy } from "./policy.js";
import { toDate, toMs } from "./time.js";
import { fromWireTrigger, toWireTrigger } from "./trigger.js";

export function toWireKind(kind: KindInput): Wire {
  return Wire.fromPartial({
    name: kind.name,
    description: kind.description ?? "",
    trigger: kind.trigger && toWireTrigger(kind.trigger, "kind.trigger"),
    policy: kind.policy && toWirePolicy(kind.policy, "kind.policy"),
    maxRunning: int32(kind.maxRunning, "kind.max_running"),
    etag: kind.etag ?? "",
  });
}

export function fromWireKind(wire: Wire): Kind {
  return {
    name: wire.name,
    description: wire.description,
    trigger: fromWireTrigger(wire.trigger),
    policy: wire.policy ? fromWirePolicy(wire.policy) : {},
    maxRunning: wire.maxRunning,
    etag: wire.etag,
    pause: fromWirePause(wire.pause),
    createTime: toDate(wire.createTime),
    updateTime: toDate(wire.updateTime),
  };
}

export function fromWireKindStats(wire: WireStats): KindStats {
  return {
    kind: wire.kind,
    scheduled: Number(wire.scheduled),
    running: Number(wire.running),
    retrying: Number(wire.retrying),
    paused: Number(wire.paused),
    dead: Number(wire.dead),
    completed: Number(wire.completed),
    estimated: wire.estimated,
    workers: wire.workers,
    free: wire.free,
    oldestLatenessMs: toMs(wire.oldestLateness) ?? 0,
  };
}
