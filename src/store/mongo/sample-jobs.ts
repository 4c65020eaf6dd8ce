import type { Collection } from "mongodb";
import { type StoredJob, stateOf } from "../../core/job.js";
import { type Sample, sampleKey } from "../estimate.js";
import { COMMAND_MS } from "./context.js";
import type { JobDoc } from "./documents.js";

/** Jobs that are drawn. */
const WANTED = 1_000;
/** MongoDB draws at random up to a twentieth of a collection; it sorts the whole of it for more. */
const PART = 0.04;

/** What `stateOf` reads, and nothing that is long. */
const STATE_FIELDS = {
  _id: 0,
  kind: 1,
  "lock.token": 1,
  dead: 1,
  expireAt: 1,
  "pause.at": 1,
  cause: 1,
  failures: 1,
} as const;

/** Some jobs drawn at random. */
export async function sampleJobs(jobs: Collection<JobDoc>): Promise<Sample> {
  const total = await jobs.estimatedDocumentCount({ maxTimeMS: COMMAND_MS });
  const size = Math.max(1, Math.floor(Math.min(WANTED, total * PART)));
  const drawn = await jobs
    .aggregate<StoredJob>([{ $sample: { size } }, { $project: STATE_FIELDS }], {
      batchSize: WANTED + 1,
      maxTimeMS: COMMAND_MS,
    })
    .toArray();
  const found = new Map<string, number>();
  for (const job of drawn) {
    const key = sampleKey(job.kind, stateOf(job));
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return { total, looked: drawn.length, found };
}
