import { pauseJob } from "../../src/core/edits.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind } from "../store/suite/jobs.js";
import { worker } from "../store/suite/lease-cases.js";
import { claim, ending, open, type Task } from "../store/suite/tasks.js";

type Calls = Readonly<Record<string, (store: Store, out: Task, lease: string) => Promise<unknown>>>;

/** Every call of the port but those for leases: `out` is the task of job a, `b` waits. */
export const CALLS: Calls = {
  listKinds: (store) => store.listKinds(),
  create: (store) => store.create([{ job: job("new"), retry: true }]),
  nextRun: (store) => store.nextRun(["mail"]),
  lock: (store, _, lease) => claim(store, { lease, now: at(0) }),
  "lock of one": (store, _, lease) => claim(store, { lease, now: at(0), room: 1 }),
  amend: (store, { slug, lock: { token } }, lease) =>
    store.amend([{ slug, token, lease, keep: { checkpoint: Uint8Array.of(1) } }]),
  release: (store, out) => store.release([ending(out)]),
  adopt: (store, { slug, lock: { token } }, lease) => store.adopt([{ slug, token }], lease, 1),
  move: (store, { slug, lock: { token } }, lease) => store.move([{ slug, token }], lease, "other"),
  get: (store) => store.get("a"),
  list: (store) => store.list({ filter: { labels: { a: "b" } }, limit: 10, payloads: true }),
  countJobs: (store) => store.countJobs(["mail", "other"]),
  kindsOfJobs: (store) => store.kindsOfJobs(10),
  slotsHeld: (store) => store.slotsHeld("mail"),
  edit: (store) => store.edit(["a"], (one) => pauseJob(one, "", editing(at(0)))),
  "edit of two": (store) => store.edit(["a", "b"], (one) => pauseJob(one, "", editing(at(0)))),
  cancels: (store, _, lease) => store.cancels(lease),
  dropCancels: (store) => store.dropCancels(["t"]),
  putKind: (store) => store.putKind(kind("k"), undefined),
  deleteKind: (store) => store.deleteKind("k", "e1"),
  putWorkers: (store, _, lease) => store.putWorkers(lease, [worker("w")], []),
  listWorkers: (store) => store.listWorkers(undefined, 10),
  leases: (store) => store.leases(),
  orphans: (store) => store.orphans(undefined, 10),
  listRuns: (store) => store.listRuns({ filter: {}, limit: 10, results: true }),
  sweep: (store) => store.sweep(),
};

export const LEASE_CALLS: Calls = {
  openLease: (store) => open(store),
  renewLease: (store, _, lease) => store.renewLease(lease),
  takeOver: (store, _, lease) => store.takeOver(lease, 1),
  closeLease: (store, _, lease) => store.closeLease(lease),
};
