import { show } from "../check.js";
import { longerThan } from "../check-text.js";
import { TickwireError } from "../errors.js";
import type { CronDialect } from "../trigger.js";
import { eachItem, type FieldShape, readItem } from "./field.js";
import { parseDays } from "./parse-days.js";
import { HOUR, MINUTE, MONTH, SECOND, YEAR } from "./shapes.js";
import { ValueSet } from "./value-set.js";
import { WallTimes } from "./wall-times.js";

/** An expression that was understood. */
export interface ParsedCron {
  readonly times: WallTimes;
  /**
   * Its second, minute and hour hold no star and no step: it means times of day, each of which happens once whatever the clocks
   * do. Else it means a rhythm, which goes on through every change of the clocks.
   */
  readonly isFixed: boolean;
}

export const MAX_EXPRESSION_BYTES = 256;

/** Each macro as second, minute, hour, day of month, month and day of week of the UNIX dialect. */
const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 0 1 1 *",
  "@annually": "0 0 0 1 1 *",
  "@monthly": "0 0 0 1 * *",
  "@weekly": "0 0 0 * * 0",
  "@daily": "0 0 0 * * *",
  "@midnight": "0 0 0 * * *",
  "@hourly": "0 0 * * * *",
};

/**
 * Reads an expression of 5 fields (minute hour day-of-month month day-of-week), 6 (second first) or 7 (year last), or a macro.
 * Throws TickwireError (BAD_CRON) that names the field and the reason. Takes time in proportion to its length, which is at
 * most MAX_EXPRESSION_BYTES.
 */
export function parseCron(expression: string, dialect: CronDialect): ParsedCron {
  if (longerThan(expression, MAX_EXPRESSION_BYTES)) {
    throw refused(expression, `must be at most ${MAX_EXPRESSION_BYTES} bytes`);
  }
  return parseFields(textsOf(expression), isMacro(expression) ? "unix" : dialect);
}

/** The seven fields' texts of an expression: a macro's in the UNIX dialect, and what is not written filled in. */
export function textsOf(expression: string): Texts {
  const text = expression.replace(/^[ \t]+|[ \t]+$/g, "");
  return fieldsOf(isMacro(text) ? macro(text) : text);
}

/** A macro means the same in every dialect. */
export function isMacro(expression: string): boolean {
  return /^[ \t]*@/.test(expression);
}

type Texts = readonly [
  second: string,
  minute: string,
  hour: string,
  dayOfMonth: string,
  month: string,
  dayOfWeek: string,
  year: string,
];

function fieldsOf(text: string): Texts {
  if (text === "") throw refused(text, "is empty");
  const parts = text.split(/[ \t]+/);
  const [a = "", b = "", c = "", d = "", e = "", f = "", g = ""] = parts;
  switch (parts.length) {
    case 5:
      return ["0", a, b, c, d, e, "*"];
    case 6:
      return [a, b, c, d, e, f, "*"];
    case 7:
      return [a, b, c, d, e, f, g];
    default:
      throw refused(
        text,
        `has ${parts.length} ${parts.length === 1 ? "field" : "fields"}: must have 5 (minute first), 6 (second first) or 7 (and a year last)`,
      );
  }
}

function macro(text: string): string {
  const lower = text.toLowerCase();
  const fields = MACROS[lower];
  if (fields !== undefined) return fields;
  if (/^@every\b/.test(lower)) throw refused(text, "is not a cron expression: use an interval trigger");
  if (lower === "@reboot")
    throw refused(text, "has no meaning here: use a once trigger, or schedule when your program starts");
  throw refused(text, `is no macro: must be one of ${Object.keys(MACROS).join(", ")}`);
}

function parseFields(texts: Texts, dialect: CronDialect): ParsedCron {
  const [second, minute, hour, dayOfMonth, month, dayOfWeek, year] = texts;
  const times = new WallTimes({
    seconds: parseField(SECOND, second),
    minutes: parseField(MINUTE, minute),
    hours: parseField(HOUR, hour),
    days: parseDays(dayOfMonth, dayOfWeek, dialect),
    months: parseField(MONTH, month),
    years: parseField(YEAR, year),
  });
  return { times, isFixed: !/[*?/]/.test(second + minute + hour) };
}

/** Shared: nearly every expression has some. */
const every = new Map<FieldShape, ValueSet>();

function everyOf(shape: FieldShape): ValueSet {
  const known = every.get(shape) ?? new ValueSet(shape.span, () => true);
  every.set(shape, known);
  return known;
}

function parseField(shape: FieldShape, text: string): ValueSet {
  if (text === "*") return everyOf(shape);
  const held = new Set<number>();
  eachItem(shape, text, (item) => readItem(shape, item, (value) => held.add((value - shape.min) % shape.span)));
  return new ValueSet(shape.span, (value) => held.has(value));
}

function refused(expression: string, why: string): TickwireError {
  return new TickwireError("BAD_CRON", `${show(expression)} ${why}`);
}
