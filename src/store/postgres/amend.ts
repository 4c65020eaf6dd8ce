import { rounds } from "../rounds.js";
import type { AmendResult, AmendWrite } from "../store.js";
import { progressText } from "../text/progress-text.js";
import { countsText } from "../text/standing-text.js";
import { newToken } from "../token.js";
import { arrays, type Columns, table } from "./columns.js";
import { type Context, now } from "./context.js";
import { type Row, STATEMENT_MS, type Value } from "./database.js";
import { inTime } from "./database-clock.js";
import { insist } from "./failure.js";
import type { ReadJob } from "./job-row.js";
import { readJobs } from "./jobs.js";
import { FREE_DELETE, FREE_PUT, freedValues } from "./release.js";

type Keep = Extract<AmendWrite, { keep: unknown }>;
type Free = Extract<AmendWrite, { free: unknown }>;

const KEPT: Columns = [
  ["slug", "text"],
  ["token", "text"],
  ["lease", "text"],
  ["etag", "text"],
  ["at", "bigint"],
  ["occurrence", "bigint"],
  ["trigger_count", "bigint"],
  ["counts", "text"],
  ["progress", "text"],
  ["checkpoint", "bytea"],
];

/**
 * None of these columns is in an index, so that a report of progress is one row on the page of the old one. What `start` found
 * has columns of its own, beside the standing's text, which no statement can change in part. In time: the lock is still held
 * after it, so that nothing else keeps what was reported since. By slug: IS TRUE keeps the planner from the index of leases.
 */
export const KEEP = `UPDATE @jobs j SET at = coalesce(w.at, j.at),
    kept_occurrence = coalesce(w.occurrence, j.kept_occurrence),
    kept_trigger_count = coalesce(w.trigger_count, j.kept_trigger_count), kept_counts = coalesce(w.counts, j.kept_counts),
    progress = coalesce(w.progress, j.progress), checkpoint = coalesce(w.checkpoint, j.checkpoint),
    updated_at = ${now(1)}, rev = j.rev + 1
  FROM ${table("w", KEPT, 2)}
  WHERE j.slug = w.slug AND j.lock_token = w.token AND (j.lock_lease = w.lease) IS TRUE AND (w.etag IS NULL OR j.etag = w.etag)
    AND ${inTime(2 + KEPT.length)}
  RETURNING j.slug`;

export async function amend(context: Context, writes: readonly AmendWrite[]): Promise<AmendResult[]> {
  const results: AmendResult[] = new Array(writes.length);
  for (const round of rounds(writes, ({ slug }) => slug)) {
    const answers = await amendRound(
      context,
      round.map(({ item }) => item),
    );
    for (const [n, { at }] of round.entries()) results[at] = answers[n] as AmendResult;
  }
  return results;
}

async function amendRound(context: Context, writes: readonly AmendWrite[]): Promise<AmendResult[]> {
  const { db, clock } = context;
  // Tells a lock that was freed here, by a try whose answer was lost, from one that somebody else has ended.
  const mark = newToken();
  let unsure = false;
  const send = (how: "rows" | "timely", sql: string, ...values: readonly Value[]): Promise<Row[]> =>
    insist(STATEMENT_MS, (again) => {
      unsure ||= again;
      return db[how](sql, values);
    });
  const keeps = writes.filter((write): write is Keep => "keep" in write);
  const frees = writes.filter((write): write is Free => "free" in write);
  const freed = (type: "put" | "delete") =>
    frees.filter(({ free }) => free.type === type).map((write) => ({ ...write, settled: write.free }));
  const [puts, deletes] = [freed("put"), freed("delete")];
  const done = [
    ...(keeps.length > 0 ? await send("timely", KEEP, clock.value, ...arrays(KEPT, keeps.map(keptCells))) : []),
    ...(puts.length > 0 ? await send("rows", FREE_PUT, clock.value, mark, ...freedValues(puts)) : []),
    ...(deletes.length > 0 ? await send("rows", FREE_DELETE, ...freedValues(deletes)) : []),
  ];
  const recorded = new Set(done.map(([slug]) => slug));
  const refused = writes.filter(({ slug }) => !recorded.has(slug));
  const found = await readJobs(
    context,
    refused.map(({ slug }) => slug),
  );
  return writes.map((write) =>
    recorded.has(write.slug) ? { status: "recorded" } : reason(write, found.get(write.slug), unsure, mark),
  );
}

function keptCells({ slug, token, lease, etag, keep }: Keep) {
  const { at, occurrence, triggerCount, counts, progress, checkpoint } = keep;
  return [
    slug,
    token,
    lease,
    etag ?? null,
    at ? at.getTime() : null,
    occurrence ? occurrence.getTime() : null,
    triggerCount ?? null,
    counts ? JSON.stringify(countsText(counts) ?? {}) : null,
    progress ? progressText(progress) : null,
    checkpoint ?? null,
  ];
}

function reason(write: AmendWrite, found: ReadJob | undefined, unsure: boolean, mark: string): AmendResult {
  const job = found?.job;
  const held = job?.lock?.token === write.token && job.lock.lease === write.lease;
  if (job && held) return { status: "changed", job };
  if (!("free" in write) || !unsure) return { status: "moved" };
  const done = found ? found.mark === mark : write.free.type === "delete";
  return { status: done ? "recorded" : "moved" };
}
