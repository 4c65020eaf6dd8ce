/** `stateOf` of core, over the columns of `s`. */
export const STATE = `CASE WHEN s.lock_token IS NOT NULL THEN 'running' WHEN s.dead IS NOT NULL THEN 'dead'
  WHEN s.expire_at IS NOT NULL THEN 'completed' WHEN s.pause IS NOT NULL AND s.cause <> 'run_job' THEN 'paused'
  WHEN s.failures > 0 THEN 'retrying' ELSE 'scheduled' END`;
