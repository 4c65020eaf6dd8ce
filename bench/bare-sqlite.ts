import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";

/** Rates of the barest loops on an SQLite file with full durability: what any embedded queue could reach at most. */
export function bareSqlite(jobs: number): { readonly claimAndDelete: number; readonly insert: number } {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-bench-"));
  try {
    const db = new Database(join(folder, "bare.db"));
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec("CREATE TABLE job (slug TEXT PRIMARY KEY, payload BLOB, due INTEGER, token BLOB)");
    db.exec("CREATE INDEX job_due ON job (due) WHERE due IS NOT NULL");
    const insert = perSecond(jobs, () => insertAll(db, jobs));
    const claimAndDelete = perSecond(jobs, () => drain(db, 200));
    db.close();
    return { claimAndDelete, insert };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function insertAll(db: Database.Database, jobs: number): void {
  const insert = db.prepare("INSERT INTO job (slug, payload, due) VALUES (?, ?, ?)");
  const payload = Buffer.alloc(16);
  for (let from = 0; from < jobs; from += 500) {
    db.exec("BEGIN IMMEDIATE");
    for (let n = from; n < Math.min(from + 500, jobs); n++) insert.run([`bench-${n}`, payload, n]);
    db.exec("COMMIT");
  }
}

function drain(db: Database.Database, batch: number): void {
  const claim = db.prepare(
    "UPDATE job SET due = NULL, token = randomblob(16) WHERE slug IN (SELECT slug FROM job WHERE due <= ? ORDER BY due LIMIT ?) RETURNING slug, payload, token",
  );
  const remove = db.prepare("DELETE FROM job WHERE slug = ? AND token = ?");
  for (;;) {
    const rows = claim.all([Number.MAX_SAFE_INTEGER, batch]) as { slug: string; token: Buffer }[];
    if (rows.length === 0) return;
    db.exec("BEGIN IMMEDIATE");
    for (const { slug, token } of rows) remove.run([slug, Buffer.from(token)]);
    db.exec("COMMIT");
  }
}

function perSecond(count: number, work: () => void): number {
  const from = performance.now();
  work();
  return (count * 1_000) / (performance.now() - from);
}
