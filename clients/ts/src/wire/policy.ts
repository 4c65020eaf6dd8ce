import {
  type ExhaustedAction,
  type MisfirePolicy,
  Policy as Wire,
  RetryPolicy as WireRetry,
} from "../gen/tickwire/v1/job.js";
import type { Policy, RetryPolicy } from "../policy.js";
import { exhaustedActions, misfirePolicies } from "./enums.js";
import { optionalInt32 } from "./number.js";
import { optionalDuration, toMs } from "./time.js";
import { known } from "./trigger.js";

export function toWirePolicy(policy: Policy, field: string): Wire {
  return Wire.fromPartial({
    retry: policy.retry && toWireRetry(policy.retry, `${field}.retry`),
    timeout: optionalDuration(policy.timeoutMs, `${field}.timeout`),
    misfire: misfirePolicies.number(known(policy.misfire), `${field}.misfire`) as MisfirePolicy,
    misfireGrace: optionalDuration(policy.misfireGraceMs, `${field}.misfire_grace`),
    maxReplays: optionalInt32(policy.maxReplays, `${field}.max_replays`),
    jobRetention: optionalDuration(policy.jobRetentionMs, `${field}.job_retention`),
    runRetention: optionalDuration(policy.runRetentionMs, `${field}.run_retention`),
  });
}

function toWireRetry(retry: RetryPolicy, field: string): WireRetry {
  return WireRetry.fromPartial({
    maxAttempts: optionalInt32(retry.maxAttempts, `${field}.max_attempts`),
    initialBackoff: optionalDuration(retry.initialBackoffMs, `${field}.initial_backoff`),
    maxBackoff: optionalDuration(retry.maxBackoffMs, `${field}.max_backoff`),
    multiplier: retry.multiplier,
    onExhausted: exhaustedActions.number(known(retry.onExhausted), `${field}.on_exhausted`) as ExhaustedAction,
  });
}

/** Only what is set, so that it can be sent back as it is. */
export function fromWirePolicy(wire: Wire): Policy {
  return present({
    retry: wire.retry && fromWireRetry(wire.retry),
    timeoutMs: toMs(wire.timeout),
    misfire: misfirePolicies.name(wire.misfire),
    misfireGraceMs: toMs(wire.misfireGrace),
    maxReplays: wire.maxReplays,
    jobRetentionMs: toMs(wire.jobRetention),
    runRetentionMs: toMs(wire.runRetention),
  });
}

function fromWireRetry(wire: WireRetry): RetryPolicy {
  return present({
    maxAttempts: wire.maxAttempts,
    initialBackoffMs: toMs(wire.initialBackoff),
    maxBackoffMs: toMs(wire.maxBackoff),
    multiplier: wire.multiplier,
    onExhausted: exhaustedActions.name(wire.onExhausted),
  });
}

function present<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
