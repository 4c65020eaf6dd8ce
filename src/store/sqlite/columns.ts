/**
 * The columns of `job_state` as they cross between the face and the engine, which adds a job's number, its kind and whether it
 * has a row in `job_info`.
 */

/** What an outcome writes. */
export const STANDING_COLUMNS = [
  "due",
  "at",
  "cause",
  "attempt",
  "failures",
  "dead",
  "expire_at",
  "last_token",
  "last_by",
  "standing",
] as const;

/** The others: what callers and locks write. */
export const OWN_COLUMNS = [
  "pri",
  "etag",
  "rev",
  "fence",
  "pause",
  "lock_token",
  "lock_lease",
  "lock_stream",
  "lock_slot",
  "lock_since",
  "updated_at",
] as const;

/** Of a job that waits for its first run: all others have their defaults. */
export const FRESH_COLUMNS = ["pri", "etag", "rev", "fence", "updated_at", "due", "at", "cause", "standing"] as const;

/** Of a run, but for its number and its kind. */
export const RUN_COLUMNS = [
  "slug",
  "token",
  "state",
  "by",
  "ended_at",
  "expire_at",
  "hidden",
  "facts",
  "result",
] as const;
