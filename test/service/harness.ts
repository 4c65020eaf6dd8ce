import type { StoredJob } from "../../src/core/job.js";
import { silentLog } from "../../src/core/log.js";
import type { Outcome } from "../../src/core/outcome.js";
import { settle } from "../../src/core/settle.js";
import type { ScheduleInput } from "../../src/service/schedule-input.js";
import { createService, type Service } from "../../src/service/service.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import { runIdOf, type Store } from "../../src/store/store.js";
import { type FakeDispatch, fakeDispatch, type ManualClock, manualClock } from "./fake-dispatch.js";

/** The use cases on a store, with time that the test turns. */
export interface ServiceHarness {
  readonly service: Service;
  readonly store: Store;
  readonly dispatch: FakeDispatch;
  readonly clock: ManualClock;
  now: Date;
  /** Moves the store's time on. */
  pass(ms: number): void;
  /** Hands out what is due of the kind, as a dispatcher would. */
  hand(kind?: string, limit?: number): Promise<StoredJob[]>;
  /** Records how the job's task ended. */
  end(job: StoredJob, outcome: Outcome): Promise<void>;
}

export const START = new Date("2025-01-01T00:00:00Z");

export type OpenStore = (clock: () => Date) => Promise<Store> | Store;
export const openMemory: OpenStore = (clock) => openMemoryStore({ clock });

export async function startService(open: OpenStore = openMemory): Promise<ServiceHarness> {
  const time = { now: START };
  const store = await open(() => time.now);
  const dispatch = fakeDispatch(store, () => time.now);
  const clock = manualClock();
  const service = createService({ store, dispatch, log: silentLog, version: "1.2.3", clock });
  const lease = await store.openLease({ serverId: dispatch.serverId, ttlMs: 30_000, version: "1.2.3" });
  return Object.assign(time, {
    service,
    store,
    dispatch,
    clock,
    pass(ms: number) {
      time.now = new Date(time.now.getTime() + ms);
    },
    hand: (kind = "mail", limit = 1_000) =>
      store.lock({ room: new Map([[kind, limit]]), maxRunning: new Map(), lease, now: time.now, limit }),
    async end(handed: StoredJob, outcome: Outcome) {
      const token = handed.lock?.token ?? "";
      const by = { by: "worker", endedAt: time.now, unit: 0.5, workerId: "w", serverId: "server-1" } as const;
      let job = handed;
      for (;;) {
        const { settled, run } = settle(job, dispatch.kinds.policyOf(job), { outcome, ...by }, runIdOf(token));
        const [result] = await store.release([{ slug: job.slug, token, etag: job.etag, settled, run }]);
        if (result?.status === "recorded") return dispatch.feed.publish([run]);
        if (result?.status !== "changed") throw new Error(`release answered ${result?.status}`);
        job = result.job;
      }
    },
  });
}

/** A job of kind mail that runs once, unless it says otherwise. */
export function input(slug: string, changes: Partial<ScheduleInput> = {}): ScheduleInput {
  return {
    slug,
    kind: "mail",
    payload: new Uint8Array(),
    contentType: "",
    labels: {},
    policy: {},
    priority: 2,
    traceContext: {},
    onConflict: "fail",
    validateOnly: false,
    requestId: "",
    retry: false,
    ...changes,
  };
}

export const success = { type: "success", result: new Uint8Array([7]) } as const;
export const failure: Outcome = { type: "failure", error: "it broke" };
export const permanent: Outcome = { type: "failure", error: "it never will", permanent: true };
/** FIXED_RATE, counted from the start of the test. */
export const everyMinute = { type: "interval", everyMs: 60_000, anchor: START } as const;
