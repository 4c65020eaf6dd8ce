import type { Filter } from "mongodb";
import type { JobState } from "../../core/job.js";
import { limit } from "../../core/limits.js";
import { compareBytewise } from "../bytewise.js";
import { chunks } from "../chunks.js";
import { type Counted, estimated, needsSample, scheduledOf } from "../estimate.js";
import type { RareState } from "../rare.js";
import type { KindCounts } from "../store.js";
import { COMMAND_MS, type Context } from "./context.js";
import type { JobDoc } from "./documents.js";
import { kindsWithJobs } from "./list-jobs.js";
import { STATE_INDEXES, STATES } from "./states.js";

/** Kinds that are asked about one by one, at once. */
const TOGETHER = 50;

/** What may be claimed: a date's range, which the index answers without the documents. */
const CLAIMABLE: Source = {
  hint: "claim",
  filter: { priority: { $in: [0, 1, 2, 3] }, due: { $gte: new Date(0) } },
};

interface Source {
  readonly hint: string;
  readonly filter: Filter<JobDoc>;
}

interface Found {
  readonly count: number;
  /** Of what may be claimed. */
  readonly oldest?: Date;
}

type ByKind = ReadonlyMap<string, Found>;

/** A command for each state, and one for each kind only of a state that has more jobs than are counted. */
export async function countJobs(context: Context, kinds: readonly string[]): Promise<KindCounts[]> {
  if (kinds.length === 0) return [];
  const count = (source: Source) => countState(context, source, kinds);
  const of = (state: RareState) => {
    const { name, partial } = STATE_INDEXES[state];
    return count({ hint: name, filter: { ...STATES[state], ...partial } });
  };
  const [claimable, running, retrying, paused, dead, completed] = await Promise.all([
    count(CLAIMABLE),
    of("running"),
    of("retrying"),
    of("paused"),
    of("dead"),
    of("completed"),
  ]);
  const counted = kinds.map((kind): Counted => {
    const n = (found: ByKind) => found.get(kind)?.count ?? 0;
    const oldestDue = claimable.get(kind)?.oldest;
    const jobs = {
      scheduled: scheduledOf(n(claimable), n(retrying)),
      running: n(running),
      retrying: n(retrying),
      paused: n(paused),
      dead: n(dead),
      completed: n(completed),
    } satisfies Record<JobState, number>;
    return { kind, jobs, ...(oldestDue && { oldestDue }) };
  });
  const sample = needsSample(counted) ? await context.sample.read() : undefined;
  return counted.map((one) => estimated(one, sample));
}

/** Looks at so many entries at most, of all kinds together; where there are more, at so many of each kind. */
async function countState(context: Context, source: Source, kinds: readonly string[]): Promise<ByKind> {
  const together = await group(context, source, { $in: [...kinds] });
  if (sum(together) <= limit("counted_jobs")) return together;
  const apart = new Map<string, Found>();
  for (const some of chunks(kinds, TOGETHER)) {
    await Promise.all(
      some.map(async (kind) => {
        const found = (await group(context, source, kind)).get(kind);
        if (!found) return;
        const oldest = source === CLAIMABLE ? await oldestOf(context, kind) : undefined;
        apart.set(kind, { count: found.count, ...(oldest && { oldest }) });
      }),
    );
  }
  return apart;
}

async function group({ jobs }: Context, source: Source, kind: string | { $in: string[] }): Promise<ByKind> {
  const filter: Filter<JobDoc> = { kind, ...source.filter };
  const groups = await jobs
    .aggregate<{ _id: string; count: number; oldest: Date | null }>(
      [
        { $match: filter },
        { $limit: limit("counted_jobs") + 1 },
        { $group: { _id: "$kind", count: { $sum: 1 }, ...(source === CLAIMABLE && { oldest: { $min: "$due" } }) } },
      ],
      { hint: source.hint, maxTimeMS: COMMAND_MS, batchSize: 10_000 },
    )
    .toArray();
  return new Map(groups.map(({ _id, count, oldest }) => [_id, { count, ...(oldest && { oldest }) }]));
}

function sum(found: ByKind): number {
  let sum = 0;
  for (const { count } of found.values()) sum += count;
  return sum;
}

async function oldestOf({ jobs }: Context, kind: string): Promise<Date | undefined> {
  const filter = { kind, priority: { $in: [0, 1, 2, 3] as const }, due: { $exists: true } } as Filter<JobDoc>;
  const options = { sort: { due: 1 }, projection: { _id: 0, due: 1 }, maxTimeMS: COMMAND_MS } as const;
  return (await jobs.findOne(filter, options))?.due;
}

export async function kindsOfJobs(context: Context, limited: number): Promise<string[]> {
  return (await kindsWithJobs(context)).sort(compareBytewise).slice(0, limited);
}

/** A kind has at most `max_running` places: so many entries. */
export async function slotsHeld({ jobs, sharded }: Context, kind: string): Promise<number> {
  // Where jobs are spread over shards there are neither places nor their index.
  if (sharded) return 0;
  const filter = { kind, "lock.slot": { $gte: 0 } };
  return await jobs.countDocuments(filter, { hint: "slot", limit: limit("max_running"), maxTimeMS: COMMAND_MS });
}
