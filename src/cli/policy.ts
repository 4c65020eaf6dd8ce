import type { JsonObject } from "@bufbuild/protobuf";
import type { PolicyJson } from "./answers.js";
import { wordOf } from "./answers.js";
import type { Option } from "./command.js";
import type { Given } from "./given.js";
import { choiceOf, readValue, spanOf, wholeOf } from "./read.js";
import { type OptionOfField, partOf } from "./request.js";
import { showSpan, spanFromJson, spanToJson } from "./span.js";

/** How runs are treated; what is not given is inherited. */
export const POLICY_OPTIONS: readonly Option[] = [
  { name: "max-attempts", value: "N", help: "of one occurrence, the first included; 0: no limit; inherited: 20" },
  { name: "backoff", value: "SPAN", help: "before the first retry; inherited: 10s" },
  { name: "max-backoff", value: "SPAN", help: "the longest wait before a retry; inherited: 10m" },
  { name: "multiplier", value: "NUMBER", help: "each wait is so many times the one before, 1 to 100; inherited: 2" },
  {
    name: "on-exhausted",
    value: "next|dead",
    help: "once an occurrence is out of attempts, a recurring job goes on with the next one, or stops as DEAD; inherited: next",
  },
  { name: "timeout", value: "SPAN", help: "one attempt's time limit, up to 30d; inherited: 5m" },
  {
    name: "misfire",
    value: "fire-once|skip|replay",
    help: "of the occurrences whose time came while the job could not start: the newest runs; it runs unless it is late; all run, oldest first; inherited: fire-once",
  },
  { name: "misfire-grace", value: "SPAN", help: "how late an occurrence may be for skip; inherited: 1m" },
  {
    name: "max-replays",
    value: "N",
    help: "replay runs the newest N, and counts older ones as missed; inherited: 100",
  },
  { name: "job-retention", value: "SPAN", help: "how long a job stays, COMPLETED, after its last run; inherited: 0s" },
  { name: "retention", value: "SPAN", help: "how long runs stay in the history; 0s: none is shown; inherited: 7d" },
];

/** Paths below a policy's own. */
export function policyFields(field: string): OptionOfField {
  return {
    [`${field}.retry.max_attempts`]: "--max-attempts",
    [`${field}.retry.initial_backoff`]: "--backoff",
    [`${field}.retry.max_backoff`]: "--max-backoff",
    [`${field}.retry.multiplier`]: "--multiplier",
    [`${field}.retry.on_exhausted`]: "--on-exhausted",
    [`${field}.timeout`]: "--timeout",
    [`${field}.misfire`]: "--misfire",
    [`${field}.misfire_grace`]: "--misfire-grace",
    [`${field}.max_replays`]: "--max-replays",
    [`${field}.job_retention`]: "--job-retention",
    [`${field}.run_retention`]: "--retention",
  };
}

/** The policy that the options describe; undefined where they say nothing. */
export function policyOf(given: Given): JsonObject | undefined {
  const retry = partOf({
    maxAttempts: wholeOf(given, "max-attempts", 0),
    initialBackoff: spanJson(given, "backoff"),
    maxBackoff: spanJson(given, "max-backoff"),
    multiplier: readValue(given, "multiplier", parseNumber),
    onExhausted: choiceOf(given, "on-exhausted", {
      next: "EXHAUSTED_ACTION_NEXT_OCCURRENCE",
      dead: "EXHAUSTED_ACTION_DEAD",
    }),
  });
  return partOf({
    retry,
    timeout: spanJson(given, "timeout"),
    misfire: choiceOf(given, "misfire", {
      "fire-once": "MISFIRE_POLICY_FIRE_ONCE",
      skip: "MISFIRE_POLICY_SKIP",
      replay: "MISFIRE_POLICY_REPLAY",
    }),
    misfireGrace: spanJson(given, "misfire-grace"),
    maxReplays: wholeOf(given, "max-replays", 1),
    jobRetention: spanJson(given, "job-retention"),
    runRetention: spanJson(given, "retention"),
  });
}

export function spanJson(given: Given, name: string): string | undefined {
  const ms = spanOf(given, name);
  return ms === undefined ? undefined : spanToJson(ms);
}

function parseNumber(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error("must be a number");
  return Number(text);
}

/** "retry: 3 attempts, from 10s to 10m (x 2), then next occurrence; timeout 5m": what is set of it. */
export function showPolicy(policy: PolicyJson): string {
  const { retry, timeout, misfire, misfireGrace, maxReplays, jobRetention, runRetention } = policy;
  const span = (text: string | undefined): string => showSpan(spanFromJson(text) ?? 0);
  const parts = [
    ...(retry?.maxAttempts === undefined
      ? []
      : [retry.maxAttempts === 0 ? "attempts without limit" : `at most ${retry.maxAttempts} attempts`]),
    ...(retry?.initialBackoff ? [`backoff from ${span(retry.initialBackoff)}`] : []),
    ...(retry?.maxBackoff ? [`backoff up to ${span(retry.maxBackoff)}`] : []),
    ...(retry?.multiplier === undefined ? [] : [`times ${retry.multiplier}`]),
    ...(retry?.onExhausted ? [`then ${wordOf("EXHAUSTED_ACTION", retry.onExhausted)}`] : []),
    ...(timeout ? [`timeout ${span(timeout)}`] : []),
    ...(misfire ? [`misfires ${wordOf("MISFIRE_POLICY", misfire)}`] : []),
    ...(misfireGrace ? [`late after ${span(misfireGrace)}`] : []),
    ...(maxReplays === undefined ? [] : [`at most ${maxReplays} replays`]),
    ...(jobRetention ? [`completed for ${span(jobRetention)}`] : []),
    ...(runRetention ? [`history ${span(runRetention)}`] : []),
  ];
  return parts.join(", ");
}
