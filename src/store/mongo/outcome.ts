import type { AnyBulkWriteOperation } from "mongodb";
import { DEFAULT_POLICY, resolvePolicy } from "../../core/policy.js";
import type { Run } from "../../core/run.js";
import { type Settled, settleRun } from "../../core/settle.js";
import { jobOf, runKey, runOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { insist } from "./failure.js";
import { placeAnew } from "./run-places.js";
import { standingUpdate } from "./standing.js";

/**
 * An outcome is two writes: the run, whose insert decides it, and the job's. A process may end between them, and then whoever
 * comes next completes exactly the outcome that is stored.
 */
export interface Completed {
  readonly run: Run;
  /** Names the call that stored the run. */
  readonly put: string;
  /** What the run made of the job. Absent: somebody else has applied it. */
  readonly settled?: Settled;
}

/**
 * Completes the outcome that is stored for this token; undefined where none is, or none any more. Marks the run before the job
 * is written: from then on its writer may not take it back, so what is applied here stays in the history.
 */
export async function complete(context: Context, slug: string, token: string): Promise<Completed | undefined> {
  const { jobs, runs, kinds, time } = context;
  return await insist(async () => {
    const own = { _id: runKey(token, slug) };
    for (;;) {
      const doc = await jobs.findOne({ _id: slug, "lock.token": token }, { maxTimeMS: COMMAND_MS });
      // Where nothing is to be applied its writer may still have to take it back.
      const stored = doc
        ? await runs.findOneAndUpdate(
            own,
            { $set: { taken: true } },
            { returnDocument: "after", maxTimeMS: COMMAND_MS },
          )
        : await runs.findOne(own, { maxTimeMS: COMMAND_MS });
      if (!stored) return undefined;
      const run = runOf(stored);
      const { put } = stored;
      if (!doc) return { run, put };
      await placeAnew(context, [stored]);
      const job = jobOf(doc);
      const kind = await kinds.findOne({ _id: job.kind }, { maxTimeMS: COMMAND_MS });
      const settled = settleRun(job, resolvePolicy(job.policy, kind?.policy, DEFAULT_POLICY), run);
      const filter = { _id: slug, "lock.token": token, etag: doc.etag };
      if (settled.type === "delete") {
        if (await jobs.findOneAndDelete(filter, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS })) {
          return { run, put, settled };
        }
        continue;
      }
      const update = standingUpdate(settled, time.about());
      const options = { projection: { _id: 1 }, maxTimeMS: COMMAND_MS } as const;
      if (await jobs.findOneAndUpdate(filter, update, options)) return { run, put, settled };
    }
  });
}

/** Removes a run that was stored for nothing. False: it stays, because somebody completes it, or has. */
export async function takeBackRun({ runs }: Context, key: string, put: string): Promise<boolean> {
  const own = { _id: key, put };
  return await insist(async () => {
    const { deletedCount } = await runs.deleteOne({ ...own, taken: { $exists: false } }, { maxTimeMS: COMMAND_MS });
    if (deletedCount > 0) return true;
    // It was taken, or a try whose answer was lost has removed it.
    return (await runs.findOne(own, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS })) === null;
  });
}

/** The job's write of an outcome, where the lock and the caller's etag are still the ones that it was computed from. */
export function outcomeWrite(
  { slug, token, etag, settled }: { slug: string; token: string; etag: string; settled: Settled },
  updatedAt: Date,
): AnyBulkWriteOperation<JobDoc> {
  const filter = { _id: slug, "lock.token": token, etag };
  if (settled.type === "delete") return { deleteOne: { filter } };
  return { updateOne: { filter, update: standingUpdate(settled, updatedAt) } };
}
