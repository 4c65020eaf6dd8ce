import { deleteJob as deleteStored } from "../core/edits.js";
import { editJob } from "./edit-job.js";
import { editContext, type ServiceParts } from "./parts.js";
import { refused } from "./refusal.js";

export interface DeleteInput {
  readonly slug: string;
  /** Empty: whatever it is. */
  readonly etag: string;
  readonly allowMissing: boolean;
}

/** Removes the job. A task that is out is recorded as cancelled, and its worker is told. */
export async function deleteJob(parts: ServiceParts, input: DeleteInput): Promise<void> {
  const context = editContext(parts);
  const answer = await editJob(parts, input.slug, (job) => deleteStored(job, input.etag, context));
  if (answer.type !== "deleted") {
    if (answer.type === "missing" && input.allowMissing) return;
    throw refused(input.slug, answer);
  }
  if (!answer.run) return;
  parts.dispatch.feed.publish([answer.run]);
  parts.dispatch.wake({ cancels: true });
}
