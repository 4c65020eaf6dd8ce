import type { JsonObject } from "@bufbuild/protobuf";
import type { TriggerJson } from "./answers.js";
import type { Option } from "./command.js";
import { usageError } from "./exit.js";
import type { Given } from "./given.js";
import { choiceOf, instantOf, spanOf } from "./read.js";
import { type OptionOfField, requestOf } from "./request.js";
import { showSpan, spanFromJson, spanToJson } from "./span.js";

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
    help: "of --every: what the spans are counted from; without it the moment it is stored",
  },
  { name: "at", value: "TIME", help: "once: 2026-03-01T09:00:00Z, or now, +10m by this machine's clock" },
  { name: "once", help: "once, at once, also where the kind has a trigger" },
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
    [`${field}.interval`]: "--every",
    [`${field}.once.time`]: "--at",
  };
}

/** The trigger that the options describe; undefined where they name none. */
export function triggerOf(given: Given): JsonObject | undefined {
  const expression = given.text("cron");
  const everyMs = spanOf(given, "every");
  const at = instantOf(given, "at");
  const named = [
    ...(expression === undefined ? [] : ["--cron"]),
    ...(everyMs === undefined ? [] : ["--every"]),
    ...(at === undefined ? [] : ["--at"]),
    ...(given.has("once") ? ["--once"] : []),
  ];
  if (named.length > 1) throw usageError(`${named.join(" and ")} exclude each other`);
  for (const [part, whole] of [
    ["tz", "cron"],
    ["dialect", "cron"],
    ["anchor", "every"],
  ] as const) {
    if (given.text(part) !== undefined && given.text(whole) === undefined)
      throw usageError(`--${part} needs --${whole}`);
  }
  if (expression !== undefined) return { cron: cronOf(given, expression) };
  if (everyMs !== undefined) {
    return {
      interval: requestOf({ every: spanToJson(everyMs), anchorTime: instantOf(given, "anchor")?.toISOString() }),
    };
  }
  return named.length > 0 ? { once: requestOf({ time: at?.toISOString() }) } : undefined;
}

function cronOf(given: Given, expression: string): JsonObject {
  const dialect = choiceOf(given, "dialect", { unix: "CRON_DIALECT_UNIX", quartz: "CRON_DIALECT_QUARTZ" });
  return requestOf({ expression, timeZone: given.text("tz"), dialect });
}

/** A stored trigger in a few words. */
export function showTrigger(trigger: TriggerJson | undefined): string {
  const { cron, interval, once } = trigger ?? {};
  if (cron) {
    const dialect = cron.dialect === "CRON_DIALECT_QUARTZ" ? " (quartz)" : "";
    return `cron ${cron.expression}${cron.timeZone ? ` ${cron.timeZone}` : ""}${dialect}`;
  }
  if (interval) return `every ${showSpan(spanFromJson(interval.every) ?? 0)}`;
  return once ? "once" : "";
}
