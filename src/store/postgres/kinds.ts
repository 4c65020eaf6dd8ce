import type { StoredKind } from "../../core/kind.js";
import { kindOf, kindText } from "../text/kind-text.js";
import type { Context } from "./context.js";
import { STATEMENT_MS } from "./database.js";
import { inTime } from "./database-clock.js";
import { insist } from "./failure.js";

const ONE = "SELECT kind FROM @kinds WHERE name = $1";

export async function getKind({ db }: Context, name: string): Promise<StoredKind | undefined> {
  const text = (await db.read(ONE, [name]))[0]?.[0];
  return typeof text === "string" ? kindOf(text) : undefined;
}

const ALL = "SELECT kind FROM @kinds ORDER BY name";

export async function listKinds({ db }: Context): Promise<StoredKind[]> {
  return (await db.read(ALL)).map(([text]) => kindOf(text as string));
}

/**
 * Etags are drawn anew for each write: one that is found was written by this call, by a try whose answer was lost. In time: a
 * kind that was deleted since must not come back.
 */
const ADD = `INSERT INTO @kinds AS k (name, etag, kind) SELECT $1, $2, $3 WHERE ${inTime(4)}
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind WHERE k.etag = excluded.etag AND k.kind = excluded.kind RETURNING 1`;
const REPLACE = `UPDATE @kinds SET etag = $2, kind = $3
  WHERE name = $1 AND (etag = $4 OR (etag = $2 AND kind = $3)) RETURNING 1`;

export async function putKind(context: Context, kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
  const values = [kind.name, kind.etag, kindText(kind)];
  const rows =
    expectedEtag === undefined
      ? await insist(STATEMENT_MS, () => context.db.timely(ADD, values))
      : await context.db.read(REPLACE, [...values, expectedEtag]);
  if (rows.length > 0) await context.waker.kindsChanged();
  return rows.length > 0;
}

const REMOVE = `WITH d AS (DELETE FROM @kinds WHERE name = $1 AND etag = $2 RETURNING 1)
  SELECT 1 WHERE EXISTS (SELECT 1 FROM d) OR NOT EXISTS (SELECT 1 FROM @kinds WHERE name = $1)`;

export async function deleteKind(context: Context, name: string, expectedEtag: string): Promise<boolean> {
  const gone = (await context.db.read(REMOVE, [name, expectedEtag])).length > 0;
  if (gone) await context.waker.kindsChanged();
  return gone;
}
