/**
 * Version 1 of the schema.
 *
 * A job is one row. A claim rewrites it without what is large: PostgreSQL keeps values out of the row from 2 kB on, and a
 * rewritten row takes them along by reference. One row is also one moment: what a claim returns can't be the state of one
 * write with the payload of another, as a join with a second table could be while a caller writes both.
 *
 * What is guarded, ordered or filtered is a column; the rest of a job's standing, and what its owner said, are a JSON text
 * each, as text: nothing in SQL looks into them, and the json types would be parsed at each write. Instants are ms since 1970.
 *
 * Every update of an indexed column is one more entry in each index that holds the row, so all but the key are partial, and
 * none is of a column that heartbeats change. A job that waits, runs and succeeds is in `jobs_pkey`, then in `claimable` or
 * in `locked`, and in no other. There is no index by kind and slug: jobs of a kind are found through those that hold one state.
 */
export const SCHEMA_1: readonly string[] = [
  `CREATE TABLE @jobs (
    slug text COLLATE "C" PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    pri smallint NOT NULL,
    due bigint,
    at bigint,
    cause text NOT NULL,
    attempt int NOT NULL DEFAULT 0,
    failures int NOT NULL DEFAULT 0,
    etag text NOT NULL,
    rev bigint NOT NULL,
    fence bigint NOT NULL,
    pause text,
    dead text,
    expire_at bigint,
    lock_token text,
    lock_lease text COLLATE "C",
    lock_stream bigint,
    lock_slot int,
    lock_since bigint,
    updated_at bigint NOT NULL,
    last_token text,
    last_by text,
    mark text,
    standing text NOT NULL,
    kept_occurrence bigint,
    kept_trigger_count bigint,
    kept_counts text,
    last_error text,
    progress text,
    last_result bytea,
    checkpoint bytea,
    definition text NOT NULL,
    labels text,
    payload bytea NOT NULL,
    CHECK (due IS NULL OR lock_token IS NULL)
  )`,
  // Payloads are compressed by their owners or not at all: trying costs more than it saves.
  "ALTER TABLE @jobs ALTER payload SET STORAGE EXTERNAL, ALTER last_result SET STORAGE EXTERNAL, ALTER checkpoint SET STORAGE EXTERNAL",
  // Room on each page for what an adoption or a report of progress rewrites. A claim and a release leave a dead row each, so
  // the default of a fifth of the table would let a million of them pile up before they are removed; and at its default pace
  // a vacuum falls behind some thousand claims a second.
  `ALTER TABLE @jobs SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05)`,
  "CREATE INDEX claimable ON @jobs (kind, pri, due, slug) WHERE due IS NOT NULL",
  // Without the slug: entries that are alike are kept in the order of their rows, so that a new one comes to stand at the end.
  // With it each is put in its place among them, which takes 4 of a claim's 33 µs a job, and more room.
  "CREATE INDEX locked ON @jobs (lock_lease, kind) WHERE lock_lease IS NOT NULL",
  "CREATE UNIQUE INDEX slots ON @jobs (kind, lock_slot) WHERE lock_slot IS NOT NULL",
  "CREATE INDEX retrying ON @jobs (kind, slug) WHERE due IS NOT NULL AND failures > 0",
  `CREATE INDEX paused ON @jobs (kind, slug)
    WHERE pause IS NOT NULL AND due IS NULL AND lock_token IS NULL AND dead IS NULL AND expire_at IS NULL`,
  "CREATE INDEX dead ON @jobs (kind, slug) WHERE dead IS NOT NULL",
  "CREATE INDEX completed ON @jobs (kind, slug) WHERE expire_at IS NOT NULL",
  "CREATE INDEX expiring ON @jobs (expire_at) WHERE expire_at IS NOT NULL",
  `CREATE TABLE @kinds (name text COLLATE "C" PRIMARY KEY, etag text NOT NULL, kind text NOT NULL)`,
  `CREATE TABLE @leases (
    id text COLLATE "C" PRIMARY KEY,
    server_id text NOT NULL,
    seq bigint NOT NULL,
    ttl_ms bigint NOT NULL,
    state text NOT NULL,
    version text NOT NULL,
    started_at bigint NOT NULL,
    renewed_at bigint NOT NULL,
    ended_by text
  )`,
  // Renewed every few seconds on the same page.
  "ALTER TABLE @leases SET (fillfactor = 50, autovacuum_vacuum_threshold = 200)",
  `CREATE TABLE @workers (instance text COLLATE "C" PRIMARY KEY, lease text NOT NULL, status text NOT NULL)`,
  "ALTER TABLE @workers SET (fillfactor = 50, autovacuum_vacuum_threshold = 200)",
  `CREATE TABLE @cancels (
    token text PRIMARY KEY,
    id bigint GENERATED ALWAYS AS IDENTITY,
    lease text NOT NULL,
    slug text NOT NULL,
    reason text NOT NULL,
    expire_at bigint NOT NULL
  )`,
  "CREATE INDEX cancels_of_lease ON @cancels (lease)",
  `CREATE TABLE @runs (
    at bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    slug text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    token text NOT NULL,
    state text NOT NULL,
    by text NOT NULL,
    ended_at bigint NOT NULL,
    expire_at bigint NOT NULL,
    hidden boolean NOT NULL,
    facts text NOT NULL,
    result bytea NOT NULL,
    PRIMARY KEY (at, id)
  )`,
  // Rows only come and go: what a sweep has removed shall soon be room for new ones.
  `ALTER TABLE @runs SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0)`,
  "CREATE INDEX runs_of_slug ON @runs (slug, at, id)",
  "CREATE INDEX runs_expired ON @runs (expire_at)",
  "CREATE TABLE @history (identity text NOT NULL, swept_at bigint NOT NULL, swept_id bigint NOT NULL)",
  "INSERT INTO @history VALUES (replace(gen_random_uuid()::text, '-', ''), 0, 0)",
];
