import type { Edit } from "../core/edit.js";
import { type EditContext, replaceJob } from "../core/edits.js";
import type { TickwireError } from "../core/errors.js";
import { type StoredJob, stateOf } from "../core/job.js";
import type { Run } from "../core/run.js";
import { upsertJob } from "../core/upsert-job.js";
import { editContext, type ServiceParts } from "./parts.js";
import { jobExists, kindDiffers } from "./refusal.js";
import type { Answers, Item, Scheduled } from "./schedule-jobs.js";
import { wakeFor } from "./wake-for.js";

/** What a slug that is taken makes of an item. */
interface Met {
  readonly answer: Scheduled | TickwireError;
  /** The job that was written in its place. */
  readonly written?: StoredJob;
  /** Of the task that this ended. */
  readonly run?: Run;
}

/**
 * One edit of the jobs that items meet. Items of one slug follow each other in their order: each call takes the first of each.
 * Returns those that are still to be stored, because their job is gone meanwhile or another item comes first.
 */
export async function meet(parts: ServiceParts, items: readonly Item[], answers: Answers): Promise<Item[]> {
  const first = new Map<string, Item>();
  const later: Item[] = [];
  for (const item of items) {
    if (first.has(item.job.slug)) later.push(item);
    else first.set(item.job.slug, item);
  }
  const context = editContext(parts);
  const met = await parts.store.edit<Met | undefined>([...first.keys()], (job, slug) =>
    meetOne(first.get(slug), job, context),
  );
  const again: Item[] = [];
  for (const [n, item] of [...first.values()].entries()) {
    const one = met[n];
    if (one) answers[item.index] = one.answer;
    else again.push(item);
  }
  tell(parts, met);
  return [...again, ...later].sort((one, other) => one.index - other.index);
}

/** Undefined: there is no such job, and so nothing to meet. */
function meetOne(item: Item | undefined, job: StoredJob | undefined, context: EditContext): Edit<Met | undefined> {
  if (!item) throw new Error("an edit of a slug that nobody asked for");
  if (!item.input.validateOnly) return job ? metBy(item, job, context) : { answer: undefined };
  const as = job ? metBy(item, job, context).answer.answer : answerOf(item, "created", item.job);
  return { answer: { answer: as } };
}

function metBy(item: Item, job: StoredJob, context: EditContext): Edit<Met> {
  const { onConflict, requestId } = item.input;
  if (requestId !== "" && job.requestId === requestId) return { answer: { answer: answerOf(item, "repeated", job) } };
  if (stateOf(job) === "completed") return replaced(item, job, context, "created");
  switch (onConflict) {
    case "fail":
      return { answer: { answer: jobExists(job) } };
    case "keep":
      return { answer: { answer: answerOf(item, "kept", job) } };
    case "replace":
      return replaced(item, job, context, "replaced");
    case "update":
      return updated(item, job, context);
  }
}

function replaced(item: Item, job: StoredJob, context: EditContext, outcome: "created" | "replaced"): Edit<Met> {
  const { answer, ...edit } = replaceJob(job, item.job, context);
  if (answer.type !== "replaced") throw new Error(`a replacement was refused: ${answer.type}`);
  const { job: written, run } = answer;
  return { ...edit, answer: { answer: answerOf(item, outcome, written), written, ...(run && { run }) } };
}

function updated(item: Item, job: StoredJob, context: EditContext): Edit<Met> {
  const { input, trigger } = item;
  const { answer, ...edit } = upsertJob(job, { ...input, trigger }, context);
  if (answer.type === "kind") return { answer: { answer: kindDiffers(job.slug, answer.kind, input.kind) } };
  if (!answer.written) return { answer: { answer: answerOf(item, "kept", job) } };
  return { ...edit, answer: { answer: answerOf(item, "updated", answer.job), written: answer.job } };
}

function answerOf({ job: { slug } }: Item, outcome: Scheduled["outcome"], job: StoredJob): Scheduled {
  return { slug, outcome, job };
}

function tell(parts: ServiceParts, met: readonly (Met | undefined)[]): void {
  const runs = met.flatMap((one) => one?.run ?? []);
  if (runs.length > 0) {
    parts.dispatch.feed.publish(runs);
    parts.dispatch.wake({ cancels: true });
  }
  wakeFor(
    parts,
    met.flatMap((one) => one?.written ?? []),
  );
}
