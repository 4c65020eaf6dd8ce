import { type EditContext, type ReplaceAnswer, replaceJob } from "../core/edits.js";
import { TickwireError } from "../core/errors.js";
import { type StoredJob, stateOf } from "../core/job.js";
import type { Run } from "../core/run.js";
import type { TriggerInput } from "../core/trigger.js";
import type { CreateResult, NewJob } from "../store/store.js";
import { editContext, type ServiceParts } from "./parts.js";
import { jobOf, type ScheduleInput } from "./schedule-input.js";
import { turns } from "./turn.js";
import { wakeFor } from "./wake-for.js";

export type ScheduleOutcome = "created" | "kept" | "replaced" | "repeated";

export interface Scheduled {
  readonly slug: string;
  readonly outcome: ScheduleOutcome;
  /** Absent where the call is a repeat, and its job has run and is gone. */
  readonly job?: StoredJob;
}

/** One input on its way: what became of it, once that is known. */
interface Item {
  readonly index: number;
  readonly input: ScheduleInput;
  readonly job: StoredJob;
}

/**
 * Stores jobs, each on its own, in order; durable when it resolves. All that are new go to the store in one batch; those that
 * take the place of another are one more. Answers in order what became of each.
 */
export async function scheduleJobs(
  parts: ServiceParts,
  inputs: readonly ScheduleInput[],
): Promise<(Scheduled | TickwireError)[]> {
  const answers = new Array<Scheduled | TickwireError>(inputs.length);
  let items = await prepare(parts, inputs, answers);
  // Each turn settles the first item of each slug, but where its job goes between the look and the write.
  for (let turn = 0; items.length > 0 && turn < inputs.length + 10; turn++) items = await store(parts, items, answers);
  for (const { index, job } of items) {
    answers[index] = new TickwireError(
      "STORE_DOWN",
      `the job ${job.slug} is being created and deleted at once: try again`,
    );
  }
  return answers;
}

async function prepare(
  parts: ServiceParts,
  inputs: readonly ScheduleInput[],
  answers: (Scheduled | TickwireError)[],
): Promise<Item[]> {
  const triggers = await kindTriggers(parts, inputs);
  const now = parts.dispatch.now();
  const pause = turns();
  const items: Item[] = [];
  for (const [index, input] of inputs.entries()) {
    try {
      items.push({ index, input, job: jobOf(input, triggers.get(input.kind), now) });
    } catch (error) {
      answers[index] = triggerError(error);
    }
    // Awaiting nothing would cost a turn of the microtask queue for each job.
    const paused = pause();
    if (paused !== undefined) await paused;
  }
  return items;
}

/** Of kinds that a job leaves its trigger to, read from the store: one that was registered a moment ago elsewhere counts. */
async function kindTriggers(
  parts: ServiceParts,
  inputs: readonly ScheduleInput[],
): Promise<Map<string, TriggerInput | undefined>> {
  const names = new Set(inputs.filter((input) => !input.trigger).map((input) => input.kind));
  const read = [...names].map(async (name) => [name, (await parts.store.getKind(name))?.trigger] as const);
  return new Map(await Promise.all(read));
}

/** What newJob refuses is the trigger; the request names it so. */
function triggerError(error: unknown): TickwireError {
  if (!(error instanceof TickwireError)) throw error;
  if (error.violations.length > 0) return error;
  const violations = [{ field: "job.trigger", description: error.message }];
  return new TickwireError(error.reason, `job.trigger: ${error.message}`, { field: "job.trigger" }, { violations });
}

/** One create of all, one edit of those that replace. Returns what has to be tried again. */
async function store(
  parts: ServiceParts,
  items: readonly Item[],
  answers: (Scheduled | TickwireError)[],
): Promise<Item[]> {
  const batch: NewJob[] = items.map(({ input, job }) => ({ job, retry: input.retry }));
  const results = await parts.store.create(batch);
  const created: StoredJob[] = [];
  const replacing: Item[] = [];
  const slugs = new Set<string>();
  for (const [n, item] of items.entries()) {
    const result = results[n];
    if (!result) throw new Error("create answered fewer items than it was given");
    // Behind an item that replaces the same job, what the store has now is not what this one will find.
    const answer = slugs.has(item.job.slug) ? "replace" : answerOf(item, result);
    if (answer === "replace") replacing.push(item);
    if (answer === "replace") slugs.add(item.job.slug);
    else answers[item.index] = answer;
    if (result.status === "created") created.push(item.job);
  }
  wakeFor(parts, created);
  return replacing.length > 0 ? await replace(parts, replacing, answers) : [];
}

function answerOf({ input, job }: Item, result: CreateResult): Scheduled | TickwireError | "replace" {
  if (result.status === "created") return { slug: job.slug, outcome: "created", job };
  if (result.status === "repeated") {
    return { slug: job.slug, outcome: "repeated", ...(result.job && { job: result.job }) };
  }
  if (input.onConflict === "replace" || stateOf(result.job) === "completed") return "replace";
  return input.onConflict === "keep" ? { slug: job.slug, outcome: "kept", job: result.job } : exists(result.job);
}

function exists(job: StoredJob): TickwireError {
  const state = stateOf(job).toUpperCase();
  return new TickwireError("JOB_EXISTS", `the job ${job.slug} exists, and is ${state}`, { slug: job.slug, state });
}

type Replaced = ReplaceAnswer | { readonly type: "settled"; readonly answer: Scheduled | TickwireError };

/** Items of one slug follow each other in their order: each edit takes the first of each. */
async function replace(
  parts: ServiceParts,
  items: readonly Item[],
  answers: (Scheduled | TickwireError)[],
): Promise<Item[]> {
  const first = new Map<string, Item>();
  const later: Item[] = [];
  for (const item of items) {
    if (first.has(item.job.slug)) later.push(item);
    else first.set(item.job.slug, item);
  }
  const context = editContext(parts);
  const slugs = [...first.keys()];
  const replaced = await parts.store.edit<Replaced>(slugs, (job, slug) => replaceOne(first.get(slug), job, context));
  const again: Item[] = [];
  const written: StoredJob[] = [];
  const runs: Run[] = [];
  for (const [n, item] of [...first.values()].entries()) {
    const answer = replaced[n];
    if (answer?.type === "settled") answers[item.index] = answer.answer;
    else if (answer?.type === "replaced") {
      const outcome = item.input.onConflict === "replace" ? "replaced" : "created";
      answers[item.index] = { slug: item.job.slug, outcome, job: answer.job };
      written.push(answer.job);
      if (answer.run) runs.push(answer.run);
    } else again.push(item);
  }
  if (runs.length > 0) {
    parts.dispatch.feed.publish(runs);
    parts.dispatch.wake({ cancels: true });
  }
  wakeFor(parts, written);
  return [...again, ...later].sort((one, other) => one.index - other.index);
}

function replaceOne(item: Item | undefined, job: StoredJob | undefined, context: EditContext): { answer: Replaced } {
  if (!item || !job) return { answer: { type: "missing" } };
  const { input } = item;
  if (input.requestId !== "" && job.requestId === input.requestId) {
    return { answer: { type: "settled", answer: { slug: job.slug, outcome: "repeated", job } } };
  }
  if (input.onConflict === "replace" || stateOf(job) === "completed") return replaceJob(job, item.job, context);
  const answer: Scheduled | TickwireError =
    input.onConflict === "keep" ? { slug: job.slug, outcome: "kept", job } : exists(job);
  return { answer: { type: "settled", answer } };
}
