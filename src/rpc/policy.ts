import { type Check, show } from "../core/check.js";
import { checkPolicy } from "../core/check-policy.js";
import type { RetryPolicy as CoreRetryPolicy, PolicyInput } from "../core/policy.js";
import { EXHAUSTED_ACTIONS, ON_EXHAUSTED, readEnum } from "./enums.js";
import { ExhaustedAction, MisfirePolicy, type Policy, type RetryPolicy } from "./gen/tickwire/v1/job.js";
import { optionalDuration, readDuration } from "./time.js";
import { refuseUnknown } from "./unknown-fields.js";

/** A policy, checked; what is unset or unspecified is absent. */
export function readPolicy(check: Check, field: string, policy: Policy | undefined): PolicyInput {
  if (!policy) return {};
  refuseUnknown(check, field, policy);
  refuseLater(check, field, policy);
  const timeoutMs = readDuration(check, `${field}.timeout`, policy.timeout);
  const runRetentionMs = readDuration(check, `${field}.run_retention`, policy.runRetention);
  const misfire = readMisfire(check, `${field}.misfire`, policy.misfire);
  const read: PolicyInput = {
    ...(policy.retry && { retry: readRetry(check, `${field}.retry`, policy.retry) }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(misfire && { misfire }),
    ...(runRetentionMs !== undefined && { runRetentionMs }),
  };
  checkPolicy(check, field, read);
  return read;
}

function refuseLater(check: Check, field: string, policy: Policy): void {
  const { misfireGrace, maxReplays, jobRetention } = policy;
  if (misfireGrace && readDuration(check, `${field}.misfire_grace`, misfireGrace) !== undefined) {
    check.notOffered(`${field}.misfire_grace`, "a misfire grace");
  }
  if (jobRetention && readDuration(check, `${field}.job_retention`, jobRetention) !== undefined) {
    check.notOffered(`${field}.job_retention`, "job retention");
  }
  if (maxReplays === undefined) return;
  if (maxReplays < 0) check.bad(`${field}.max_replays`, `must not be negative; got ${show(maxReplays)}`);
  else check.notOffered(`${field}.max_replays`, "a limit of replays");
}

function readMisfire(check: Check, field: string, misfire: number): "fire_once" | undefined {
  if (misfire === MisfirePolicy.FIRE_ONCE) return "fire_once";
  if (misfire === MisfirePolicy.SKIP) check.notOffered(field, "SKIP");
  else if (misfire === MisfirePolicy.REPLAY) check.notOffered(field, "REPLAY");
  else if (misfire !== MisfirePolicy.UNSPECIFIED) check.bad(field, `must be one of 0, 1, 2, 3; got ${show(misfire)}`);
  return undefined;
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

const MISFIRE = {
  fire_once: MisfirePolicy.FIRE_ONCE,
  skip: MisfirePolicy.SKIP,
  replay: MisfirePolicy.REPLAY,
} as const;

/** A policy as it is stored (what is absent stays unset), or a whole one. */
export function writePolicy(policy: PolicyInput): Policy {
  return {
    retry: policy.retry && writeRetry(policy.retry),
    timeout: optionalDuration(policy.timeoutMs),
    misfire: policy.misfire ? MISFIRE[policy.misfire] : MisfirePolicy.UNSPECIFIED,
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
