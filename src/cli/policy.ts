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
  return partOf({ retry, timeout: spanJson(given, "timeout"), runRetention: spanJson(given, "retention") });
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
export function showPolicy({ retry, timeout, misfire, runRetention }: PolicyJson): string {
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
    ...(runRetention ? [`history ${span(runRetention)}`] : []),
  ];
  return parts.join(", ");
}
