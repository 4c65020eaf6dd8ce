import type { OutcomeSource } from "../../core/job.js";
import type { Run } from "../../core/run.js";
import { arrays, names, RUN, table } from "./columns.js";
import type { Context } from "./context.js";
import { now } from "./context.js";
import type { Value } from "./database.js";
import { runCells } from "./run-row.js";

/** How many parameters `insertRuns` takes. */
export const RUN_PARAMETERS = RUN.length;

/**
 * Part of a statement that frees locks: adds the runs of the slugs in `done`, so that a job's write and its run are one
 * commit, and no run is stored without its job's write. The clock is parameter 1, the runs begin at `from`.
 */
export function insertRuns(done: string, from: number): string {
  return `INSERT INTO @runs (at, ${names(RUN)})
    SELECT ${now(1)}, ${RUN.map(([name]) => `r.${name}`).join(", ")} FROM ${table("r", RUN, from)}
    JOIN ${done} d ON d.slug = r.slug ORDER BY r.n`;
}

export function runValues(runs: readonly Run[]): Value[] {
  return arrays(RUN, runs.map(runCells));
}

/**
 * A run's place in its slug's history is not indexed by token: the newest are looked at first, and this many at most. What a
 * worker sends again after so many later runs of one job is answered as stale.
 */
const LOOKED_BACK = 20_000;

const BY_TOKENS = `SELECT w.slug, f.token, f.by, f.facts FROM unnest($1::text[], $2::text[]) w (slug, token)
  CROSS JOIN LATERAL (SELECT r.token, r.by, r.facts
    FROM (SELECT token, by, facts FROM @runs WHERE slug = w.slug ORDER BY at DESC, id DESC LIMIT ${LOOKED_BACK}) r
    WHERE r.token = w.token LIMIT 1) f`;

export interface EndedRun {
  readonly by: OutcomeSource;
  readonly facts: string;
}

/** The stored runs of these attempts, by token. */
export async function runsOf(
  { db }: Context,
  attempts: readonly { readonly slug: string; readonly token: string }[],
): Promise<Map<string, EndedRun>> {
  if (attempts.length === 0) return new Map();
  const values = [attempts.map(({ slug }) => slug), attempts.map(({ token }) => token)];
  const rows = await db.read(BY_TOKENS, values);
  return new Map(
    rows.map(([, token, by, facts]) => [token as string, { by: by as OutcomeSource, facts: facts as string }]),
  );
}

/**
 * Finds a part of the facts' JSON: `"createId":"x"` is there only as that, since inside of a text its quotes are escaped.
 */
const BY_FACT = `SELECT w.n FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (slug, fact, n)
  WHERE EXISTS (SELECT 1
    FROM (SELECT facts FROM @runs WHERE slug = w.slug ORDER BY at DESC, id DESC LIMIT ${LOOKED_BACK}) r
    WHERE strpos(r.facts, w.fact) > 0)`;

/** Places in the list of those whose slug's history has a run with this fact. */
export async function placesWithFact(
  { db }: Context,
  asked: readonly { readonly slug: string; readonly name: "createId" | "jobUid"; readonly value: string }[],
): Promise<Set<number>> {
  if (asked.length === 0) return new Set();
  const facts = asked.map(({ name, value }) => `"${name}":${JSON.stringify(value)}`);
  const rows = await db.read(BY_FACT, [asked.map(({ slug }) => slug), facts]);
  return new Set(rows.map(([n]) => Number(n) - 1));
}
