import { TickwireError } from "../core/errors.js";
import { type StoredJob, stateOf } from "../core/job.js";
import { RUN_ONCE, type TriggerInput } from "../core/trigger.js";
import type { CreateResult, NewJob } from "../store/store.js";
import { meet } from "./conflict.js";
import type { ServiceParts } from "./parts.js";
import { jobExists } from "./refusal.js";
import { jobOf, type ScheduleInput } from "./schedule-input.js";
import { turns } from "./turn.js";
import { wakeFor } from "./wake-for.js";

export type ScheduleOutcome = "created" | "kept" | "updated" | "replaced" | "repeated";

export interface Scheduled {
  readonly slug: string;
  readonly outcome: ScheduleOutcome;
  /** Absent where the call is a repeat, and its job has run and is gone. */
  readonly job?: StoredJob;
}

/** One input on its way: what became of it, once that is known. */
export interface Item {
  readonly index: number;
  readonly input: ScheduleInput;
  /** The input's, or its kind's. */
  readonly trigger: TriggerInput;
  /** What is stored where its slug is free. */
  readonly job: StoredJob;
}

export type Answers = (Scheduled | TickwireError)[];

/**
 * Stores jobs, each on its own, in order; durable when it resolves. All that are new go to the store in one batch; those that
 * meet a stored job are one more. Answers in order what became of each.
 */
export async function scheduleJobs(parts: ServiceParts, inputs: readonly ScheduleInput[]): Promise<Answers> {
  const answers: Answers = new Array(inputs.length);
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

async function prepare(parts: ServiceParts, inputs: readonly ScheduleInput[], answers: Answers): Promise<Item[]> {
  const triggers = await kindTriggers(parts, inputs);
  const now = parts.dispatch.now();
  const pause = turns();
  const items: Item[] = [];
  for (const [index, input] of inputs.entries()) {
    try {
      const trigger = input.trigger ?? triggers.get(input.kind) ?? RUN_ONCE;
      items.push({ index, input, trigger, job: jobOf(input, trigger, now) });
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

/** One create of all that may be new, one edit of those that meet a stored job. Returns what has to be tried again. */
async function store(parts: ServiceParts, items: readonly Item[], answers: Answers): Promise<Item[]> {
  const { creating, meeting } = split(items);
  const batch: NewJob[] = creating.map(({ input, job }) => ({ job, retry: input.retry }));
  const results = batch.length > 0 ? await parts.store.create(batch) : [];
  const created: StoredJob[] = [];
  const slugs = new Set<string>();
  for (const [n, item] of creating.entries()) {
    const result = results[n];
    if (!result) throw new Error("create answered fewer items than it was given");
    // Behind an item that changes the same job, what the store has now is not what this one will find.
    const answer = slugs.has(item.job.slug) ? "meets" : answerOf(item, result);
    if (answer === "meets") meeting.push(item);
    if (answer === "meets") slugs.add(item.job.slug);
    else answers[item.index] = answer;
    if (result.status === "created") created.push(item.job);
  }
  wakeFor(parts, created);
  return meeting.length > 0 ? await meet(parts, meeting.sort(byIndex), answers) : [];
}

/** What asks only, and stores nothing, finds what the items before it have stored, and nothing of those behind it. */
function split(items: readonly Item[]): { readonly creating: readonly Item[]; readonly meeting: Item[] } {
  if (items.every(({ input }) => !input.validateOnly)) return { creating: items, meeting: [] };
  const asking = new Set<string>();
  const meeting = items.filter(({ input, job }) => {
    if (input.validateOnly) asking.add(job.slug);
    return asking.has(job.slug);
  });
  const meets = new Set(meeting);
  return { creating: items.filter((item) => !meets.has(item)), meeting };
}

function byIndex(one: Item, other: Item): number {
  return one.index - other.index;
}

function answerOf({ input, job }: Item, result: CreateResult): Scheduled | TickwireError | "meets" {
  if (result.status === "created") return { slug: job.slug, outcome: "created", job };
  if (result.status === "repeated") {
    return { slug: job.slug, outcome: "repeated", ...(result.job && { job: result.job }) };
  }
  const { onConflict } = input;
  if (onConflict === "replace" || onConflict === "update" || stateOf(result.job) === "completed") return "meets";
  return onConflict === "keep" ? { slug: job.slug, outcome: "kept", job: result.job } : jobExists(result.job);
}
