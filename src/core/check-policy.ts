import { type Check, show } from "./check.js";
import { checkSpan, checkWhole } from "./check-number.js";
import { limit } from "./limits.js";
import type { PolicyInput, RetryPolicy } from "./policy.js";

const MAX_INT32 = 2_147_483_647;

/** A policy as a job or a kind gives it; what is absent is inherited. */
export function checkPolicy(check: Check, field: string, policy: PolicyInput): void {
  const { timeoutMs, misfireGraceMs, maxReplays, jobRetentionMs, runRetentionMs, retry } = policy;
  if (timeoutMs !== undefined) {
    checkSpan(check, `${field}.timeout`, timeoutMs, limit("timeout_min_ms"), limit("timeout_max_ms"));
  }
  if (misfireGraceMs !== undefined) {
    // With 0 an occurrence would be late when it is due.
    checkSpan(check, `${field}.misfire_grace`, misfireGraceMs, 1, limit("span_max_ms"));
  }
  if (maxReplays !== undefined) checkWhole(check, `${field}.max_replays`, maxReplays, 1, limit("max_replays"));
  if (jobRetentionMs !== undefined) {
    checkSpan(check, `${field}.job_retention`, jobRetentionMs, 0, limit("retention_max_ms"));
  }
  if (runRetentionMs !== undefined) {
    checkSpan(check, `${field}.run_retention`, runRetentionMs, 0, limit("retention_max_ms"));
  }
  if (retry) checkRetry(check, `${field}.retry`, retry);
}

function checkRetry(check: Check, field: string, retry: Partial<RetryPolicy>): void {
  const { maxAttempts, initialBackoffMs, maxBackoffMs, multiplier } = retry;
  if (maxAttempts !== undefined) checkWhole(check, `${field}.max_attempts`, maxAttempts, 0, MAX_INT32);
  if (initialBackoffMs !== undefined) {
    checkSpan(check, `${field}.initial_backoff`, initialBackoffMs, 0, limit("span_max_ms"));
  }
  if (maxBackoffMs !== undefined) checkSpan(check, `${field}.max_backoff`, maxBackoffMs, 0, limit("span_max_ms"));
  if (multiplier !== undefined && !(multiplier >= 1 && multiplier <= limit("backoff_multiplier"))) {
    check.bad(`${field}.multiplier`, `must be from 1 to ${limit("backoff_multiplier")}; got ${show(multiplier)}`);
  }
}
