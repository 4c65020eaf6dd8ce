import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";

/** The least that a queue with kinds, priorities and leases has. */
const SCHEMA = `
  CREATE TABLE job (
    slug TEXT PRIMARY KEY, kind TEXT NOT NULL, pri INTEGER NOT NULL, due INTEGER, payload BLOB,
    token BLOB, lease TEXT, since INTEGER, attempt INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE INDEX job_due ON job (kind, pri, due) WHERE due IS NOT NULL;
  CREATE INDEX job_lease ON job (lease) WHERE lease IS NOT NULL;`;
const CLAIM = `
  UPDATE job SET due = NULL, token = randomblob(16), lease = 'L1', since = ?1, attempt = attempt + 1
  WHERE slug IN (SELECT slug FROM job WHERE kind = 'bench' AND pri = 2 AND due <= ?1 ORDER BY due LIMIT ?2)
  RETURNING slug, payload, token`;

/** Rates of the barest loops on an SQLite file with full durability: what any embedded queue could reach at most. */
export function bareSqlite(jobs: number): { readonly claimAndDelete: number; readonly insert: number } {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-bench-"));
  try {
    const db = new Database(join(folder, "bare.db"));
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec(SCHEMA);
    const insert = perSecond(jobs, () => insertAll(db, jobs));
    const claimAndDelete = perSecond(jobs, () => drain(db, 200));
    db.close();
    return { claimAndDelete, insert };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function insertAll(db: Database.Database, jobs: number): void {
  const insert = db.prepare("INSERT INTO job (slug, kind, pri, payload, due) VALUES (?, 'bench', 2, ?, ?)");
  const payload = Buffer.alloc(16);
  for (let from = 0; from < jobs; from += 500) {
    db.exec("BEGIN IMMEDIATE");
    for (let n = from; n < Math.min(from + 500, jobs); n++) insert.run([`bench-${n}`, payload, n]);
    db.exec("COMMIT");
  }
}

function drain(db: Database.Database, batch: number): void {
  const claim = db.prepare(CLAIM);
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
