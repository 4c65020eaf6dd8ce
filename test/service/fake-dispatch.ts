import { silentLog } from "../../src/core/log.js";
import { DEFAULT_POLICY } from "../../src/core/policy.js";
import type { WorkerStatus } from "../../src/core/worker.js";
import type { Clock } from "../../src/dispatch/clock.js";
import type { Dispatch, WakeReason } from "../../src/dispatch/dispatch.js";
import { KindCache } from "../../src/dispatch/kind-cache.js";
import { createRunFeed } from "../../src/dispatch/run-feed.js";
import type { Store } from "../../src/store/store.js";

/** A dispatch that hands nothing out: its kinds and its feed are the real ones, its time and its workers are the test's. */
export interface FakeDispatch extends Dispatch {
  readonly wakes: WakeReason[];
  /** Workers connected here. */
  connected: WorkerStatus[];
  /** Holders of tasks by token. */
  readonly holders: Map<string, WorkerStatus>;
}

export function fakeDispatch(store: Store, now: () => Date): FakeDispatch {
  const unused = (): never => {
    throw new Error("a use case has no business here");
  };
  const wakes: WakeReason[] = [];
  const holders = new Map<string, WorkerStatus>();
  return {
    serverId: "server-1",
    kinds: new KindCache(store, DEFAULT_POLICY, () => {}),
    feed: createRunFeed(silentLog),
    wakes,
    connected: [],
    holders,
    now,
    wake: (reason) => wakes.push(reason),
    workers() {
      return this.connected;
    },
    holderOf: (token) => holders.get(token),
    healthy: () => true,
    start: unused,
    connect: unused,
    onHealth: unused,
    drain: unused,
    abort: unused,
  };
}

export interface ManualClock extends Pick<Clock, "mono" | "after"> {
  advance(ms: number): void;
  readonly waiting: number;
}

/** Time that stands still until it is told to go on. */
export function manualClock(): ManualClock {
  let mono = 0;
  const timers = new Set<{ at: number; call: () => void }>();
  return {
    mono: () => mono,
    after(ms, call) {
      const timer = { at: mono + ms, call };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      mono += ms;
      for (const timer of [...timers]) {
        if (timer.at > mono) continue;
        timers.delete(timer);
        timer.call();
      }
    },
    get waiting() {
      return timers.size;
    },
  };
}

export function worker(instance: string, kinds: readonly string[], maxTasks = 10): WorkerStatus {
  return {
    instance,
    workerId: `worker-${instance}`,
    serverId: "server-1",
    client: "test/1",
    info: {},
    capacity: { maxTasks, kinds: new Map(kinds.map((kind) => [kind, undefined])) },
    running: 0,
    draining: false,
    connectedAt: new Date(0),
    lastSeenAt: new Date(0),
  };
}
