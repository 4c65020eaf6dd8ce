import { limit } from "../../../core/limits.js";
import { type Counted, scheduledOf } from "../../estimate.js";
import { type Context, LOOK_LIMIT } from "./context.js";
import { OF_STATE } from "./few-jobs.js";

/** So long a call goes on, in ms: what is left is for the next one, and claims come in between. */
const STEP_MS = 5;

/** Entries of an index, up to one more than are counted. */
const count = (index: string, where: string) =>
  `SELECT count(*) FROM (SELECT 1 FROM job_state INDEXED BY ${index} WHERE kind_id = ?1 AND ${where} LIMIT ?2)`;

export const CLAIMABLE = count("claimable", "due IS NOT NULL");
const ofState = (state: Exclude<keyof typeof OF_STATE, "running">) =>
  count(OF_STATE[state].index, OF_STATE[state].where);
export const RETRYING = ofState("retrying");
export const PAUSED = ofState("paused");
export const DEAD = ofState("dead");
export const COMPLETED = ofState("completed");

/** From one lease that locks name to the next: their entries are ordered by kind. */
export const RUNNING = `WITH RECURSIVE named (lease) AS (
    SELECT min(lock_lease) FROM job_state WHERE lock_lease IS NOT NULL
    UNION ALL
    SELECT (SELECT min(lock_lease) FROM job_state WHERE lock_lease > named.lease) FROM named WHERE named.lease IS NOT NULL
  ) SELECT count(*) FROM (SELECT 1 FROM named CROSS JOIN job_state s
    WHERE named.lease IS NOT NULL AND s.lock_lease = named.lease AND s.kind_id = ?1 LIMIT ?2)`;

export const OLDEST = `SELECT min(due) FROM (
    SELECT (SELECT due FROM job_state WHERE kind_id = ?1 AND pri = p.column1 AND due IS NOT NULL ORDER BY due LIMIT 1) due
    FROM (VALUES (0), (1), (2), (3)) p)`;

export interface CountedKind extends Omit<Counted, "oldestDue"> {
  readonly oldestDueMs?: number;
}

/** The first of these kinds, as many as the time allows: at least one. */
export function countJobs(context: Context, names: readonly string[]): CountedKind[] {
  const until = performance.now() + STEP_MS;
  return context.db.reading(() => {
    const counted: CountedKind[] = [];
    for (const name of names) {
      counted.push(countKind(context, name));
      if (performance.now() > until) break;
    }
    return counted;
  });
}

function countKind({ db, kinds }: Context, kind: string): CountedKind {
  const id = kinds.find(kind);
  const of = (sql: string) => (id === undefined ? 0 : Number(db.get(sql, [id, limit("counted_jobs") + 1])?.[0]));
  const retrying = of(RETRYING);
  const claimable = of(CLAIMABLE);
  const jobs = {
    scheduled: scheduledOf(claimable, retrying),
    running: of(RUNNING),
    retrying,
    paused: of(PAUSED),
    dead: of(DEAD),
    completed: of(COMPLETED),
  };
  const oldest = claimable > 0 ? db.get(OLDEST, [id as number])?.[0] : undefined;
  return { kind, jobs, ...(typeof oldest === "number" && { oldestDueMs: oldest }) };
}

const WITH_JOBS = `SELECT name FROM (SELECT id, name FROM kind_names WHERE name > ?1 ORDER BY name LIMIT ${LOOK_LIMIT}) names
  WHERE EXISTS (SELECT 1 FROM job_state s WHERE s.kind_id = names.id) ORDER BY name LIMIT ?2`;

/** A name stays when its last job is gone: looks at `LOOK_LIMIT` of them. */
export function kindsOfJobs(context: Context, limited: number): string[] {
  return context.db.all(WITH_JOBS, ["", limited]).map(([name]) => name as string);
}
