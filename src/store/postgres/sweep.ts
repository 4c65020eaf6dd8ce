import { type Context, now } from "./context.js";
import { sweepLeases } from "./leases.js";

/** Rows of each table that one call removes: some ten milliseconds of the database, and a small transaction. */
const STEP = 1_000;

/**
 * Whoever follows the history from before a run that it showed has to hear of it: the newest that went is noted, in the same
 * commit. Two servers that sweep at once pass by what the other has.
 */
export const RUNS = `WITH old AS (SELECT at, id FROM @runs WHERE expire_at <= ${now(1)} ORDER BY expire_at LIMIT ${STEP}
    FOR UPDATE SKIP LOCKED),
  gone AS (DELETE FROM @runs r USING old WHERE r.at = old.at AND r.id = old.id RETURNING r.at, r.id, r.hidden),
  newest AS (SELECT at, id FROM gone WHERE NOT hidden ORDER BY at DESC, id DESC LIMIT 1),
  noted AS (UPDATE @history SET swept_at = n.at, swept_id = n.id FROM newest n
    WHERE (swept_at, swept_id) < (n.at, n.id))
  SELECT count(*) FROM gone`;

export const COMPLETED = `WITH gone AS (DELETE FROM @jobs WHERE slug IN (
    SELECT slug FROM @jobs WHERE expire_at <= ${now(1)} AND lock_token IS NULL ORDER BY expire_at LIMIT ${STEP}
    FOR UPDATE SKIP LOCKED) RETURNING 1) SELECT count(*) FROM gone`;

const CANCELS = `WITH gone AS (DELETE FROM @cancels WHERE expire_at <= ${now(1)} RETURNING 1) SELECT count(*) FROM gone`;

/** True where more is left. */
export async function sweep(context: Context): Promise<boolean> {
  const { db, clock, deadRows } = context;
  await sweepLeases(context);
  await deadRows.look();
  let more = false;
  for (const sql of [RUNS, COMPLETED, CANCELS]) {
    const gone = Number((await db.read(sql, [clock.value]))[0]?.[0]);
    more ||= gone === STEP && sql !== CANCELS;
  }
  return more;
}
