/**
 * Version 1 of the file.
 *
 * A job is three rows under one number. `jobs` is cold: what its owner said, payload included; only callers' writes touch it.
 * `job_state` is hot and small (about 300 bytes): what a claim and a release write. `job_info` holds what may be long
 * (error, result, checkpoint) and exists only where there is some (`job_state.info`).
 *
 * What is guarded, ordered or filtered is a column; the rest of a job's standing is one JSON text. Every index is paid on
 * each write of what it holds: `by_slug` and `by_kind` on create and delete, `claimable` on create, lock and release,
 * `locked` on lock and release. Measured with 100,000 jobs stored and random slugs, an index of random order costs about
 * a page of the log per row, so the history has only one (`runs_of_slug`): a run is found by its token through its slug.
 */
export const SCHEMA_1 = `
CREATE TABLE kind_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE kinds (name TEXT PRIMARY KEY, etag TEXT NOT NULL, kind TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  definition TEXT NOT NULL,
  payload BLOB
) STRICT;

CREATE TABLE job_state (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL,
  kind_id INTEGER NOT NULL,
  pri INTEGER NOT NULL,
  due INTEGER,
  at INTEGER,
  cause TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  etag TEXT NOT NULL,
  rev INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  pause TEXT,
  dead TEXT,
  expire_at INTEGER,
  lock_token TEXT,
  lock_lease TEXT,
  lock_stream INTEGER,
  lock_slot INTEGER,
  lock_since INTEGER,
  updated_at INTEGER NOT NULL,
  last_token TEXT,
  last_by TEXT,
  info INTEGER NOT NULL DEFAULT 0,
  standing TEXT NOT NULL,
  CHECK (due IS NULL OR lock_token IS NULL)
) STRICT;
CREATE UNIQUE INDEX by_slug ON job_state (slug);
CREATE INDEX by_kind ON job_state (kind_id, slug);
CREATE INDEX claimable ON job_state (kind_id, pri, due, slug) WHERE due IS NOT NULL;
CREATE INDEX locked ON job_state (lock_lease) WHERE lock_lease IS NOT NULL;
CREATE UNIQUE INDEX slots ON job_state (kind_id, lock_slot) WHERE lock_slot IS NOT NULL;
CREATE INDEX completed ON job_state (expire_at) WHERE expire_at IS NOT NULL;

CREATE TABLE job_info (
  id INTEGER PRIMARY KEY,
  last_error TEXT,
  progress TEXT,
  last_result BLOB,
  checkpoint BLOB
) STRICT;

CREATE TABLE leases (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  ttl_ms INTEGER NOT NULL,
  state TEXT NOT NULL,
  version TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  renewed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  instance TEXT PRIMARY KEY,
  lease TEXT NOT NULL,
  status TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cancels (
  id INTEGER PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  lease TEXT NOT NULL,
  slug TEXT NOT NULL,
  reason TEXT NOT NULL,
  expire_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cancels_of_lease ON cancels (lease);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL,
  kind_id INTEGER NOT NULL,
  token TEXT NOT NULL,
  state TEXT NOT NULL,
  by TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  expire_at INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  facts TEXT NOT NULL,
  result BLOB
) STRICT;
CREATE INDEX runs_of_slug ON runs (slug);
CREATE INDEX runs_expired ON runs (expire_at);
`;

/** Version 2: where a lease's server runs. Empty in a lease of a server that does not say so: only its counter tells. */
export const SCHEMA_2 = `
ALTER TABLE leases ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE leases ADD COLUMN boot TEXT NOT NULL DEFAULT '';
`;

/**
 * Version 3: jobs by what is rare of them, in the order of lists, so that they are counted and found without a look at what waits.
 * A job that waits, runs and succeeds is in none of them, and its claim and release write to none.
 */
export const SCHEMA_3 = `
CREATE INDEX retrying ON job_state (kind_id, slug) WHERE due IS NOT NULL AND failures > 0;
CREATE INDEX paused ON job_state (kind_id, slug)
  WHERE pause IS NOT NULL AND due IS NULL AND lock_token IS NULL AND dead IS NULL AND expire_at IS NULL;
CREATE INDEX dead ON job_state (kind_id, slug) WHERE dead IS NOT NULL;
CREATE INDEX completed_of_kind ON job_state (kind_id, slug) WHERE expire_at IS NOT NULL;
DROP INDEX locked;
CREATE INDEX locked ON job_state (lock_lease, kind_id, slug) WHERE lock_lease IS NOT NULL;
`;

/** Version 4: what names the file's data, and the newest run that lists showed and a sweep has removed. */
export const SCHEMA_4 = `
CREATE TABLE history (identity TEXT NOT NULL, swept INTEGER NOT NULL) STRICT;
INSERT INTO history VALUES (lower(hex(randomblob(16))), 0);
`;
