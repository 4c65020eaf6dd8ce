import type { JsonObject } from "@bufbuild/protobuf";
import type { TriggerJson } from "./answers.js";
import type { Option } from "./command.js";
import { usageError } from "./exit.js";
import type { Given } from "./given.js";
import { spanJson } from "./policy.js";
import { choiceOf, instantOf, wholeOf } from "./read.js";
import { type OptionOfField, partOf, requestOf } from "./request.js";
import { showSpan, spanFromJson } from "./span.js";

/** When something runs; of --cron, --every, --at and --once at most one. */
export const TRIGGER_OPTIONS: readonly Option[] = [
  {
    name: "cron",
    value: "EXPRESSION",
    help: "5 fields (minute first), 6 (second first), 7 (with a year) or a macro such as @hourly: docs/cron.md",
  },
  { name: "tz", value: "ZONE", help: "of --cron: an IANA name such as Europe/Berlin; without it UTC" },
  { name: "dialect", value: "unix|quartz", help: "of --cron; without it unix" },
  { name: "every", value: "SPAN", help: "at a fixed rate: 1500ms, 10s, 5m, 2h, 1d or 1h30m" },
  {
    name: "anchor",
    value: "TIME",
    help: "of --every: what the spans are counted from; without it --start, else the moment it is stored",
  },
  { name: "fixed-delay", help: "of --every: counted from the end of the run before, without --anchor" },
  { name: "at", value: "TIME", help: "once: 2026-03-01T09:00:00Z, or now, +10m by this machine's clock" },
  { name: "once", help: "once, at once, also where the kind has a trigger" },
  { name: "start", value: "TIME", help: "no occurrence before it" },
  { name: "end", value: "TIME", help: "no occurrence at or after it" },
  { name: "max-occurrences", value: "N", help: "at most so many, missed ones included; 0: no limit" },
  { name: "jitter", value: "SPAN", help: "each occurrence is put off by a random span below this" },
];

/** Paths below a trigger's own. */
export function triggerFields(field: string): OptionOfField {
  return {
    [`${field}.cron.expression`]: "--cron",
    [`${field}.cron.time_zone`]: "--tz",
    [`${field}.cron.dialect`]: "--dialect",
    [`${field}.cron`]: "--cron",
    [`${field}.interval.every`]: "--every",
    [`${field}.interval.anchor_time`]: "--anchor",
    [`${field}.interval.basis`]: "--fixed-delay",
    [`${field}.interval`]: "--every",
    [`${field}.once.time`]: "--at",
    [`${field}.start_time`]: "--start",
    [`${field}.end_time`]: "--end",
    [`${field}.max_occurrences`]: "--max-occurrences",
    [`${field}.jitter`]: "--jitter",
  };
}

/** The trigger that the options describe; undefined where they name none. */
export function triggerOf(given: Given): JsonObject | undefined {
  const schedule = scheduleOf(given);
  const bounds = boundsOf(given);
  if (bounds && !schedule) {
    const named = ["start", "end", "max-occurrences", "jitter"].find((name) => given.text(name) !== undefined);
    throw usageError(`--${named} needs --cron, --every, --at or --once`);
  }
  return schedule && { ...schedule, ...bounds };
}

/** The parts of a trigger that the options describe: a schedule, whole, and bounds. */
export function triggerPartsOf(given: Given): JsonObject | undefined {
  return partOf({ ...scheduleOf(given), ...boundsOf(given) });
}

function boundsOf(given: Given): JsonObject | undefined {
  return partOf({
    startTime: instantOf(given, "start")?.toISOString(),
    endTime: instantOf(given, "end")?.toISOString(),
    maxOccurrences: wholeOf(given, "max-occurrences", 0)?.toString(),
    jitter: spanJson(given, "jitter"),
  });
}

function scheduleOf(given: Given): JsonObject | undefined {
  const expression = given.text("cron");
  const every = spanJson(given, "every");
  const at = instantOf(given, "at")?.toISOString();
  const named = [
    ...(expression === undefined ? [] : ["--cron"]),
    ...(every === undefined ? [] : ["--every"]),
    ...(at === undefined ? [] : ["--at"]),
    ...(given.has("once") ? ["--once"] : []),
  ];
  if (named.length > 1) throw usageError(`${named.join(" and ")} exclude each other`);
  for (const [part, whole] of PARTS) {
    if (given.text(part) !== undefined && given.text(whole) === undefined) {
      throw usageError(`--${part} needs --${whole}`);
    }
  }
  if (expression !== undefined) return { cron: cronOf(given, expression) };
  if (every !== undefined) return { interval: intervalOf(given, every) };
  return named.length > 0 ? { once: requestOf({ time: at }) } : undefined;
}

const PARTS = [
  ["tz", "cron"],
  ["dialect", "cron"],
  ["anchor", "every"],
  ["fixed-delay", "every"],
] as const;

function intervalOf(given: Given, every: string): JsonObject {
  const basis = given.has("fixed-delay") ? "INTERVAL_BASIS_FIXED_DELAY" : undefined;
  const anchorTime = instantOf(given, "anchor")?.toISOString();
  if (basis && anchorTime) throw usageError("--fixed-delay and --anchor exclude each other");
  return requestOf({ every, basis, anchorTime });
}

function cronOf(given: Given, expression: string): JsonObject {
  const dialect = choiceOf(given, "dialect", { unix: "CRON_DIALECT_UNIX", quartz: "CRON_DIALECT_QUARTZ" });
  return requestOf({ expression, timeZone: given.text("tz"), dialect });
}

/** A stored trigger in a few words. */
export function showTrigger(trigger: TriggerJson | undefined): string {
  const schedule = showSchedule(trigger ?? {});
  return schedule && [schedule, ...showBounds(trigger ?? {})].join(", ");
}

function showSchedule({ cron, interval, once }: TriggerJson): string {
  if (cron) {
    const dialect = cron.dialect === "CRON_DIALECT_QUARTZ" ? " (quartz)" : "";
    return `cron ${cron.expression}${cron.timeZone ? ` ${cron.timeZone}` : ""}${dialect}`;
  }
  if (interval) {
    const every = showSpan(spanFromJson(interval.every) ?? 0);
    return interval.basis === "INTERVAL_BASIS_FIXED_DELAY" ? `${every} after each run` : `every ${every}`;
  }
  return once ? "once" : "";
}

function showBounds({ startTime, endTime, maxOccurrences, jitter }: TriggerJson): string[] {
  return [
    ...(startTime ? [`from ${startTime}`] : []),
    ...(endTime ? [`until ${endTime}`] : []),
    ...(maxOccurrences ? [`at most ${maxOccurrences} times`] : []),
    ...(jitter ? [`jitter ${showSpan(spanFromJson(jitter) ?? 0)}`] : []),
  ];
}
