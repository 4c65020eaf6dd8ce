import type { RareState } from "../rare.js";

/** `stateOf` of core, over the columns of `j`. */
export const STATE = `CASE WHEN j.lock_token IS NOT NULL THEN 'running' WHEN j.dead IS NOT NULL THEN 'dead'
  WHEN j.expire_at IS NOT NULL THEN 'completed' WHEN j.pause IS NOT NULL AND j.cause <> 'run_job' THEN 'paused'
  WHEN j.failures > 0 THEN 'retrying' ELSE 'scheduled' END`;

/** What the partial index of a state says of its rows. */
export const OF_STATE = {
  retrying: "due IS NOT NULL AND failures > 0",
  paused: "pause IS NOT NULL AND due IS NULL AND lock_token IS NULL AND dead IS NULL AND expire_at IS NULL",
  dead: "dead IS NOT NULL",
  completed: "expire_at IS NOT NULL",
  running: "lock_lease IS NOT NULL",
} as const satisfies Record<RareState, string>;
