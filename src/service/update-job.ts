import type { StoredJob } from "../core/job.js";
import { RUN_ONCE, type TriggerInput } from "../core/trigger.js";
import { type JobUpdate, updateJob as updateStored } from "../core/update-job.js";
import { editJob } from "./edit-job.js";
import { type JobView, viewOf } from "./job-view.js";
import { editContext, type ServiceParts } from "./parts.js";
import { kindDiffers, refused } from "./refusal.js";
import { wakeFor } from "./wake-for.js";

export interface UpdateInput {
  readonly slug: string;
  /** Empty: whatever it is. */
  readonly etag: string;
  /** What the caller takes it for; empty: it does not say. */
  readonly kind: string;
  /** `update` asks for the trigger that the job's kind has. */
  readonly inherits: boolean;
  /** From the stored job, and the trigger that it has where it sets none. What it throws is the answer. */
  readonly update: (job: StoredJob, inherited: TriggerInput) => JobUpdate;
}

/** Changes what the input names of a job's definition, and moves its next occurrence. */
export async function updateJob(parts: ServiceParts, input: UpdateInput): Promise<JobView> {
  const { slug, etag, kind } = input;
  const { kinds } = parts.dispatch;
  // A kind that was registered elsewhere a moment ago counts.
  if (input.inherits) await kinds.refresh();
  const context = editContext(parts);
  const update = (job: StoredJob): JobUpdate => {
    if (kind !== "" && kind !== job.kind) throw kindDiffers(slug, job.kind, kind);
    return input.update(job, kinds.get(job.kind)?.trigger ?? RUN_ONCE);
  };
  const answer = await editJob(parts, slug, (job) => updateStored(job, update, etag, context));
  if (answer.type !== "updated") throw refused(slug, answer);
  wakeFor(parts, [answer.job]);
  return await viewOf(parts, answer.job);
}
