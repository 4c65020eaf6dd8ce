import type { Edit } from "../../core/edit.js";
import type { StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import { newToken } from "../token.js";
import { NOTICE, putCancels } from "./cancels.js";
import { arrays, assignments, type Columns, DEFINITION, OWN, STANDING, table, WHOLE } from "./columns.js";
import { type Context, now, WHOLE_JOBS } from "./context.js";
import { INSERT_WHOLE } from "./create.js";
import { type Cell, type Row, STATEMENT_MS, type Value } from "./database.js";
import { insist, isUndone } from "./failure.js";
import { definitionCells, ownCells, type ReadJob, standingCells, wholeCells } from "./job-row.js";
import { readJobs } from "./jobs.js";
import { insertRuns, RUN_PARAMETERS, runValues } from "./runs.js";

export type Change<A> = (job: StoredJob | undefined, slug: string) => Edit<A>;

/** What was read. By the definition too, which holds the job's uid: revisions begin anew with each job. */
const READ: Columns = [
  ["slug", "text"],
  ["read_rev", "bigint"],
  ["read_etag", "text"],
  ["read_definition", "text"],
];
const AS_READ = "j.slug = w.slug AND j.rev = w.read_rev AND j.etag = w.read_etag AND j.definition = w.read_definition";

const CHANGED: Columns = [...READ, ["new_mark", "text"], ...OWN, ...STANDING, ...DEFINITION];
const FIRST = 2 + RUN_PARAMETERS + NOTICE.length;

/** The job's write, the run that it ended and the notice to that task's server are one commit. */
const withRest = (done: string) => `WITH done AS (${done}),
  r AS (${insertRuns("done", 2)}), c AS (${putCancels("done", 2 + RUN_PARAMETERS)}) SELECT slug FROM done`;

export const CHANGE = withRest(`UPDATE @jobs j SET ${assignments([...OWN, ...STANDING], "w")},
  definition = w.definition, labels = w.labels, payload = coalesce(w.payload, j.payload),
  rev = j.rev + 1, updated_at = ${now(1)}, mark = w.new_mark,
  kept_occurrence = NULL, kept_trigger_count = NULL, kept_counts = NULL
  FROM ${table("w", CHANGED, FIRST)} WHERE ${AS_READ} RETURNING j.slug`);

export const REMOVE = withRest(
  `DELETE FROM @jobs j USING ${table("w", READ, FIRST)} WHERE ${AS_READ} RETURNING j.slug`,
);

/** One slug on its way from being read to being written as its caller wants it. */
interface Item<A> {
  readonly slug: string;
  /** Names this call in what it writes: a write whose answer was lost is known again by it. */
  readonly mark: string;
  read: ReadJob | undefined;
  edit: Edit<A>;
  /** A write was sent, and whether it took place is not known. */
  unsure: boolean;
  done: boolean;
}

export async function edit<A>(context: Context, slugs: readonly string[], change: Change<A>): Promise<A[]> {
  const answers: A[] = [];
  for (const some of chunks(slugs, WHOLE_JOBS)) answers.push(...(await editStep(context, some, change)));
  return answers;
}

/** Reads, asks, and writes where the row is still the one that was read; where it is not, once more. */
async function editStep<A>(context: Context, slugs: readonly string[], change: Change<A>): Promise<A[]> {
  const items = slugs.map((slug): Item<A> => {
    return { slug, mark: newToken(), read: undefined, edit: { answer: undefined as A }, unsure: false, done: false };
  });
  await insist(STATEMENT_MS, async () => {
    for (let open = items.filter(({ done }) => !done); open.length > 0; open = open.filter(({ done }) => !done)) {
      const found = await readJobs(
        context,
        open.map(({ slug }) => slug),
      );
      for (const item of open) ask(item, found.get(item.slug), change);
      await write(
        context,
        open.filter(({ done }) => !done),
      );
    }
  });
  await tell(context, items);
  return items.map((item) => item.edit.answer);
}

function ask<A>(item: Item<A>, found: ReadJob | undefined, change: Change<A>): void {
  item.done = item.unsure && isWritten(item, found);
  if (item.done) return;
  item.unsure = false;
  item.read = found;
  item.edit = change(found?.job, item.slug);
  const { write: wanted } = item.edit;
  // A job that is not there needs no delete; a notice without a write was left with the write that it belongs to.
  item.done = wanted === undefined || (wanted.type === "delete" && found === undefined);
}

/** Whether a write whose answer was lost took place. That the job is gone is what a delete wanted, whoever did it. */
function isWritten<A>({ mark, read, edit: { write: wanted } }: Item<A>, found: ReadJob | undefined): boolean {
  return wanted?.type === "delete" ? found?.job.uid !== read?.job.uid : found?.mark === mark;
}

/** Each kind of write is one statement. Of those that were written it is certain afterwards. */
async function write<A>(context: Context, items: readonly Item<A>[]): Promise<void> {
  const { db, clock } = context;
  const certain = (some: readonly Item<A>[], rows: readonly Row[]) => {
    const slugs = new Set(rows.map(([slug]) => slug));
    for (const item of some) {
      item.unsure = false;
      item.done = slugs.has(item.slug);
    }
  };
  const send = async (some: readonly Item<A>[], rows: () => Promise<readonly Row[]>) => {
    for (const item of some) item.unsure = true;
    try {
      certain(some, await rows());
    } catch (error) {
      if (isUndone(error)) for (const item of some) item.unsure = false;
      throw error;
    }
  };
  const puts = items.filter(({ edit: { write: wanted } }) => wanted?.type === "put");
  const groups = [
    { sql: CHANGE, some: puts.filter(({ read }) => read), columns: CHANGED, cells: changedCells },
    { sql: REMOVE, some: items.filter((item) => !puts.includes(item)), columns: READ, cells: readCells },
  ];
  for (const { sql, some, columns, cells } of groups) {
    if (some.length === 0) continue;
    const values = arrays(columns, some.map(cells));
    await send(some, () => db.rows(sql, [clock.value, ...restOf(some), ...values]));
  }
  const adds = puts.filter(({ read }) => !read);
  const added = adds.map((item) => addedCells(context, item));
  if (adds.length > 0) await send(adds, () => db.timely(INSERT_WHOLE, arrays(WHOLE, added)));
}

/** Runs and notices. */
function restOf<A>(items: readonly Item<A>[]): Value[] {
  const runs = items.flatMap(({ edit: { run } }) => run ?? []);
  const notices = items.flatMap(({ edit: { notice } }) => notice ?? []);
  const cells = notices.map(({ token, lease, slug, reason }) => [token, lease, slug, reason]);
  return [...runValues(runs), ...arrays(NOTICE, cells)];
}

function readCells<A>({ slug, read }: Item<A>): Cell[] {
  if (!read) throw new Error(`the job ${slug} is not there, and can't be written over`);
  return [slug, read.job.rev, read.job.etag, read.definition];
}

function jobToPut<A>({ slug, edit: { write: wanted } }: Item<A>): StoredJob {
  if (wanted?.type !== "put") throw new Error(`the job ${slug} is not to be written`);
  return wanted.job;
}

function changedCells<A>(item: Item<A>): Cell[] {
  const job = jobToPut(item);
  const [definition = null, labels = null, payload = null] = definitionCells(job);
  // What is large, and was not changed, stays where it is.
  const kept = job.payload === item.read?.job.payload ? null : payload;
  return [...readCells(item), item.mark, ...ownCells(job), ...standingCells(job), definition, labels, kept];
}

function addedCells<A>({ clock }: Context, item: Item<A>): Cell[] {
  const job = jobToPut(item);
  const updatedAt = clock.value === null ? job.updatedAt : new Date(clock.value);
  return wholeCells({ ...job, updatedAt, rev: job.rev + 1 }, item.mark);
}

async function tell<A>({ waker }: Context, items: readonly Item<A>[]): Promise<void> {
  waker.due(items.flatMap(({ edit: { write: put } }) => (put?.type === "put" && put.job.due ? [put.job.kind] : [])));
  if (items.some(({ edit: { notice } }) => notice)) await waker.cancels();
}
