import type { Check } from "../core/check.js";
import { checkPolicy } from "../core/check-policy.js";
import type { RetryPolicy as CoreRetryPolicy, PolicyInput } from "../core/policy.js";
import { EXHAUSTED_ACTIONS, MISFIRE_POLICIES, MISFIRE_POLICY, ON_EXHAUSTED, readEnum } from "./enums.js";
import { ExhaustedAction, MisfirePolicy, type Policy, type RetryPolicy } from "./gen/tickwire/v1/job.js";
import { optionalDuration, readDuration } from "./time.js";
import { refuseUnknown } from "./unknown-fields.js";

/** A policy, checked; what is unset or unspecified is absent. */
export function readPolicy(check: Check, field: string, policy: Policy | undefined): PolicyInput {
  if (!policy) return {};
  refuseUnknown(check, field, policy);
  const timeoutMs = readDuration(check, `${field}.timeout`, policy.timeout);
  const misfire = readEnum(check, `${field}.misfire`, policy.misfire, MISFIRE_POLICIES);
  const misfireGraceMs = readDuration(check, `${field}.misfire_grace`, policy.misfireGrace);
  const { maxReplays } = policy;
  const jobRetentionMs = readDuration(check, `${field}.job_retention`, policy.jobRetention);
  const runRetentionMs = readDuration(check, `${field}.run_retention`, policy.runRetention);
  const read: PolicyInput = {
    ...(policy.retry && { retry: readRetry(check, `${field}.retry`, policy.retry) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(misfire !== undefined && misfire !== "inherited" && { misfire }),
    ...(misfireGraceMs !== undefined && { misfireGraceMs }),
    ...(maxReplays !== undefined && { maxReplays }),
    ...(jobRetentionMs !== undefined && { jobRetentionMs }),
    ...(runRetentionMs !== undefined && { runRetentionMs }),
  };
  checkPolicy(check, field, read);
  return read;
}

function readRetry(check: Check, field: string, retry: RetryPolicy): Partial<CoreRetryPolicy> {
  refuseUnknown(check, field, retry);
  const { maxAttempts, multiplier } = retry;
  const initialBackoffMs = readDuration(check, `${field}.initial_backoff`, retry.initialBackoff);
  const maxBackoffMs = readDuration(check, `${field}.max_backoff`, retry.maxBackoff);
  const action = readEnum(check, `${field}.on_exhausted`, retry.onExhausted, EXHAUSTED_ACTIONS);
  return {
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(initialBackoffMs !== undefined && { initialBackoffMs }),
    ...(maxBackoffMs !== undefined && { maxBackoffMs }),
    ...(multiplier !== undefined && { multiplier }),
    ...(action !== undefined && action !== "inherited" && { onExhausted: action }),
  };
}

/** A policy as it is stored (what is absent stays unset), or a whole one. */
export function writePolicy(policy: PolicyInput): Policy {
  return {
    retry: policy.retry && writeRetry(policy.retry),
    timeout: optionalDuration(policy.timeoutMs),
    misfire: policy.misfire ? MISFIRE_POLICY[policy.misfire] : MisfirePolicy.UNSPECIFIED,
    misfireGrace: optionalDuration(policy.misfireGraceMs),
    maxReplays: policy.maxReplays,
    jobRetention: optionalDuration(policy.jobRetentionMs),
    runRetention: optionalDuration(policy.runRetentionMs),
  };
}

function writeRetry(retry: Partial<CoreRetryPolicy>): RetryPolicy {
  return {
    maxAttempts: retry.maxAttempts,
    initialBackoff: optionalDuration(retry.initialBackoffMs),
    maxBackoff: optionalDuration(retry.maxBackoffMs),
    multiplier: retry.multiplier,
    onExhausted: retry.onExhausted ? ON_EXHAUSTED[retry.onExhausted] : ExhaustedAction.UNSPECIFIED,
  };
}
