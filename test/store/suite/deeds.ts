import { deleteJob, pauseJob, resumeJob } from "../../../src/core/edits.js";
import type { StoredJob } from "../../../src/core/job.js";
import { updateJob } from "../../../src/core/update-job.js";
import type { Store } from "../../../src/store/store.js";
import { at } from "./clock.js";
import { editing } from "./jobs.js";
import { type Claim, claim, record, type Task } from "./tasks.js";

/** What another process is asked to do, by name: arguments and answers pass between processes. */
export const DEEDS = {
  claim: (store: Store, wanted: Claim) => claim(store, wanted),
  create: (store: Store, job: StoredJob) => store.create([{ job, retry: false }]),
  record: (store: Store, out: Task) => record(store, out),
  delete: (store: Store, slug: string) => store.edit([slug], (one) => deleteJob(one, "", editing(at(1)))),
  pause: (store: Store, slug: string) => store.edit([slug], (one) => pauseJob(one, "", editing(at(0)))),
  resume: (store: Store, slug: string) => store.edit([slug], (one) => resumeJob(one)),
  label: (store: Store, slug: string, value: string) =>
    store.edit([slug], (one) => updateJob(one, { labels: { value } }, "", editing(at(0)))),
};

export type Deed = keyof typeof DEEDS;
type Rest<F> = F extends (store: Store, ...rest: infer R) => unknown ? R : never;

export type Ask = <D extends Deed>(
  deed: D,
  ...given: Rest<(typeof DEEDS)[D]>
) => Promise<Awaited<ReturnType<(typeof DEEDS)[D]>>>;
