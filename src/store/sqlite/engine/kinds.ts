import type { Context } from "./context.js";

/** Its text. */
export function getKind(context: Context, name: string): string | undefined {
  return context.db.get("SELECT kind FROM kinds WHERE name = ?", [name])?.[0] as string | undefined;
}

/** Their texts, by name. */
export function listKinds(context: Context): string[] {
  return context.db.all("SELECT kind FROM kinds ORDER BY name").map(([text]) => text as string);
}

const ADD = "INSERT INTO kinds (name, etag, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const REPLACE = "UPDATE kinds SET etag = ?, kind = ? WHERE name = ? AND etag = ?";

export function putKind(
  context: Context,
  name: string,
  etag: string,
  text: string,
  expectedEtag: string | undefined,
): boolean {
  const changes =
    expectedEtag === undefined
      ? context.db.run(ADD, [name, etag, text])
      : context.db.run(REPLACE, [etag, text, name, expectedEtag]);
  return changes === 1;
}

export function deleteKind(context: Context, name: string, expectedEtag: string): boolean {
  const { db } = context;
  if (db.run("DELETE FROM kinds WHERE name = ? AND etag = ?", [name, expectedEtag]) === 1) return true;
  return db.get("SELECT 1 FROM kinds WHERE name = ?", [name]) === undefined;
}
