import { show } from "../check.js";
import { TickwireError } from "../errors.js";

/** What one field of an expression may hold. */
export interface FieldShape {
  readonly name: FieldName;
  readonly min: number;
  readonly max: number;
  /** Where `*` and `a/n` end: `max`, but for a second way to say Sunday. */
  readonly end: number;
  /** How many different values there are: the greatest step. */
  readonly span: number;
  /** A reversed range goes on at the field's start. */
  readonly wraps: boolean;
  /** `?` may stand for `*`. */
  readonly isDay: boolean;
  /** Names of the values from `namesFrom` on. */
  readonly names: readonly string[];
  readonly namesFrom: number;
}

export type FieldName = "second" | "minute" | "hour" | "day-of-month" | "month" | "day-of-week" | "year";

/** A BAD_CRON error that names the field, what was received there, and why it is refused. */
export function badCron(field: FieldName, text: string, why: string): TickwireError {
  return new TickwireError("BAD_CRON", `${field}: ${show(text)} ${why}`, { cron_field: field });
}

/** Calls `item` with each part of a comma list. */
export function eachItem(shape: FieldShape, text: string, item: (text: string) => void): void {
  for (const part of text.split(",")) {
    if (part === "") throw badCron(shape.name, text, "has a comma with nothing beside it");
    item(part);
  }
}

/**
 * Calls `add` with each value of `*`, `?`, `a`, `a-b`, `a-b/n`, `a/n` or `*` with a step. A value may come beyond `max`, where a
 * range wraps: `add` takes it modulo the field's span.
 */
export function readItem(shape: FieldShape, item: string, add: (value: number) => void): void {
  const [base = "", step, ...more] = item.split("/");
  if (more.length > 0) throw badCron(shape.name, item, "has two steps");
  if (base === "?" && (!shape.isDay || step !== undefined)) {
    throw badCron(shape.name, item, shape.isDay ? "can't have a step: write */n" : "is for the day fields alone");
  }
  const every = step === undefined ? 1 : readStep(shape, item, step);
  const [from, to] = readRange(shape, item, base, step !== undefined);
  for (let value = from; value <= to; value += every) add(value);
}

function readStep(shape: FieldShape, item: string, step: string): number {
  const every = isDigits(step) ? Number(step) : 0;
  if (every >= 1 && every <= shape.span) return every;
  throw badCron(shape.name, item, `must have a step from 1 to ${shape.span}`);
}

function readRange(shape: FieldShape, item: string, base: string, hasStep: boolean): [from: number, to: number] {
  if (base === "*" || base === "?") return [shape.min, shape.end];
  const [first = "", last, ...more] = base.split("-");
  if (more.length > 0) throw badCron(shape.name, item, "is not a range of two values");
  const from = readValue(shape, item, first);
  if (last === undefined) {
    if (!hasStep) return [from, from];
    // 7 is Sunday: 7/2 is 0/2.
    return from > shape.end ? [shape.min, shape.end] : [from, shape.end];
  }
  const to = readValue(shape, item, last);
  if (from <= to) return [from, to];
  if (!shape.wraps) throw badCron(shape.name, item, "is a reversed range");
  return [from, to + shape.span];
}

/** One number or name of the field, within its bounds. */
export function readValue(shape: FieldShape, item: string, text: string): number {
  if (isDigits(text)) {
    const value = Number(text);
    if (value >= shape.min && value <= shape.max) return value;
    throw badCron(shape.name, item, `must be from ${shape.min} to ${shape.max}`);
  }
  const index = shape.names.indexOf(text.toUpperCase());
  if (index >= 0) return shape.namesFrom + index;
  throw badCron(shape.name, item, `is not ${formsOf(shape)}`);
}

export function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

function formsOf(shape: FieldShape): string {
  const numbers = `a number from ${shape.min} to ${shape.max}`;
  const names = shape.names.length > 0 ? `, a name from ${shape.names[0]} to ${shape.names.at(-1)}` : "";
  return `${numbers}${names}, a range, or * (with a step or without)`;
}
