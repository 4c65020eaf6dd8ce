import type { AnyBulkWriteOperation } from "mongodb";
import type { CancelNotice, Edit } from "../../core/edit.js";
import type { StoredJob } from "../../core/job.js";
import { chunks } from "../chunks.js";
import { newToken } from "../token.js";
import { jobDoc, jobOf, runDoc, runKey } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { insertingOnce, insist, isDuplicate, Patience } from "./failure.js";
import { complete, takeBackRun } from "./outcome.js";
import { placeAnew } from "./run-places.js";

/** Jobs that are read and written at once: each with its payload. */
const STEP = 200;
/** How long a notice waits for its server, in ms. */
const NOTICE_MS = 3_600_000;

export type Change<A> = (job: StoredJob | undefined, slug: string) => Edit<A>;

/** One slug on its way from being read to being written as its caller wants it. */
interface Item<A> {
  readonly slug: string;
  /** Names this call in what it writes: a write whose answer was lost is known again by it. */
  readonly mark: string;
  doc: JobDoc | undefined;
  edit: Edit<A>;
  /** The run by which this call has ended the job's task. */
  ended: string | undefined;
  /** Of a task that a caller's run has ended, this call's or one before it that got no further: whoever completed it since. */
  late: CancelNotice | undefined;
  /** A write was sent, and its answer was lost. */
  unsure: boolean;
}

export async function edit<A>(context: Context, slugs: readonly string[], change: Change<A>): Promise<A[]> {
  const answers: A[] = [];
  for (const some of chunks(slugs, STEP)) answers.push(...(await editStep(context, some, change)));
  return answers;
}

/** Reads, asks, and writes where the document is still the one that was read; where it is not, once more. */
async function editStep<A>(context: Context, slugs: readonly string[], change: Change<A>): Promise<A[]> {
  const items = slugs.map((slug): Item<A> => {
    return {
      slug,
      mark: newToken(),
      doc: undefined,
      edit: { answer: undefined as A },
      ended: undefined,
      late: undefined,
      unsure: false,
    };
  });
  const patience = new Patience();
  for (let open = items; open.length > 0; ) {
    const docs = await readDocs(context, open);
    const asked = open.filter((item) => !isWritten(item, docs.get(item.slug)));
    for (const item of asked) {
      item.doc = docs.get(item.slug);
      item.edit = change(item.doc && jobOf(item.doc), item.slug);
      item.unsure = false;
    }
    await Promise.all(asked.map((item) => takeBack(context, item)));
    const ended = await Promise.all(asked.map(async (item) => await endTask(context, item)));
    const writing = asked.filter((item, n) => ended[n] && isToWrite(item));
    const failed = new Set(await write(context, writing, patience));
    open = asked.filter((item, n) => !ended[n] || failed.has(item));
  }
  await leaveNotices(context, items);
  context.waker.due(
    items.flatMap(({ edit: { write: put } }) => (put?.type === "put" && put.job.due ? [put.job.kind] : [])),
  );
  return items.map((item) => item.edit.answer);
}

/** A job that is not there needs no delete. */
function isToWrite<A>({ doc, edit: { write: wanted } }: Item<A>): boolean {
  return wanted?.type === "put" || (wanted?.type === "delete" && doc !== undefined);
}

/** Whether a write whose answer was lost took place. That the job is gone is what a delete wanted, whoever did it. */
function isWritten<A>({ unsure, mark, doc: read, edit: { write: wanted } }: Item<A>, doc: JobDoc | undefined): boolean {
  if (!unsure) return false;
  return wanted?.type === "delete" ? doc?.uid !== read?.uid : doc?.write === mark;
}

async function readDocs({ jobs }: Context, items: readonly { readonly slug: string }[]): Promise<Map<string, JobDoc>> {
  const slugs = items.map(({ slug }) => slug);
  const docs = await insist(() => jobs.find({ _id: { $in: slugs } }, { maxTimeMS: COMMAND_MS }).toArray());
  return new Map(docs.map((doc) => [doc._id, doc]));
}

/**
 * The end of the task that is out is stored first, as the commit of every outcome. Where one is stored already that one is
 * completed, and the answer is false: the job is another then.
 */
async function endTask<A>(context: Context, item: Item<A>): Promise<boolean> {
  const { runs, position } = context;
  const { slug, mark } = item;
  const { run } = item.edit;
  if (!run) return true;
  const _id = runKey(run.token, slug);
  if (item.ended === _id) return true;
  const ending = runDoc(run, position(), mark);
  const own = await insist(async () => {
    try {
      await runs.insertOne(ending, { maxTimeMS: COMMAND_MS });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      return (await runs.countDocuments({ _id, put: mark }, { limit: 1, maxTimeMS: COMMAND_MS })) > 0;
    }
  });
  if (own) {
    await placeAnew(context, [ending]);
    item.ended = _id;
    item.late = item.edit.notice;
    return true;
  }
  const stored = await complete(context, slug, run.token);
  if (stored?.run.by === "caller") item.late = item.edit.notice;
  return false;
}

/** A run that was stored for a write that did not take place, and will not: it goes again, unless somebody has applied it. */
async function takeBack<A>(context: Context, item: Item<A>): Promise<void> {
  const { ended, mark, edit: asked, slug } = item;
  if (ended === undefined || (asked.run && runKey(asked.run.token, slug) === ended)) return;
  // A notice of a task that goes on would end it.
  if (await takeBackRun(context, ended, mark)) item.late = undefined;
  item.ended = undefined;
}

/** Answers those whose document is another by now, or may be. One is a command of its own, several are one round. */
async function write<A>(context: Context, items: readonly Item<A>[], patience: Patience): Promise<readonly Item<A>[]> {
  const [only] = items;
  if (!only) return [];
  try {
    if (items.length === 1) return (await writeOne(context, only)) ? [] : [only];
    const operations = items.map((item) => operation(context, item));
    const { insertedCount, matchedCount, deletedCount } = await context.jobs.bulkWrite(operations, {
      ordered: false,
      maxTimeMS: COMMAND_MS,
    });
    if (insertedCount + matchedCount + deletedCount === items.length) return [];
  } catch (error) {
    if (!isDuplicate(error)) await patience.after(error);
  }
  // Which of several took place their totals don't tell: to be seen in the documents.
  for (const item of items) item.unsure = true;
  return items;
}

async function writeOne<A>(context: Context, item: Item<A>): Promise<boolean> {
  const { jobs } = context;
  const { doc } = item;
  const options = { projection: { _id: 1 }, maxTimeMS: COMMAND_MS } as const;
  const put = written(context, item);
  if (doc) {
    const filter = asRead(doc);
    if (put) return (await jobs.findOneAndReplace(filter, put, options)) !== null;
    return (await jobs.findOneAndDelete(filter, options)) !== null;
  }
  if (put) await jobs.insertOne(put, { maxTimeMS: COMMAND_MS });
  return true;
}

function operation<A>(context: Context, item: Item<A>): AnyBulkWriteOperation<JobDoc> {
  const { slug, doc } = item;
  const put = written(context, item);
  if (!doc) {
    if (!put) throw new Error(`the job ${slug} is not there, and can't be deleted`);
    return { insertOne: { document: put } };
  }
  const filter = asRead(doc);
  return put ? { replaceOne: { filter, replacement: put } } : { deleteOne: { filter } };
}

/**
 * The document, if it is still the one that was read. By its uid too: revisions begin anew with each job, and the slug may be
 * another's by now. A lock that a server has closed since must not be opened again by the write of a document that does not
 * know of it.
 */
function asRead({ _id, uid, rev, lock }: JobDoc) {
  return { _id, uid, rev, "lock.closed": lock?.closed ?? { $exists: false } };
}

/** The document to be written; absent where the job is to go. A lock stays as it was read: callers only free it. */
function written<A>({ time }: Context, { doc, mark, edit: { write: wanted } }: Item<A>): JobDoc | undefined {
  if (wanted?.type !== "put") return undefined;
  const fresh = jobDoc(wanted.job);
  const lock = fresh.lock && doc?.lock;
  return { ...fresh, ...(lock && { lock }), rev: (doc ?? fresh).rev + 1, updatedAt: time.about(), write: mark };
}

/** After the jobs' writes, which are the fact: a notice only makes haste. */
async function leaveNotices<A>(context: Context, items: readonly Item<A>[]): Promise<void> {
  const { cancels, position, time, waker } = context;
  const notices = items.flatMap(({ late, edit: { notice } }) => [
    ...(late && late.token !== notice?.token ? [late] : []),
    ...(notice ? [notice] : []),
  ]);
  if (notices.length === 0) return;
  const expireAt = new Date(time.about().getTime() + NOTICE_MS);
  const operations = notices.map(({ token, ...rest }) => ({
    updateOne: {
      filter: { _id: token },
      update: { $set: { ...rest, expireAt }, $setOnInsert: { position: position() } },
      upsert: true,
    },
  }));
  const options = { ordered: false, maxTimeMS: COMMAND_MS } as const;
  await insist(() => insertingOnce(() => cancels.bulkWrite(operations, options)));
  await waker.cancels();
}
