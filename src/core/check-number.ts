import { type Check, show } from "./check.js";

/** A whole number between two bounds, both included. */
export function checkWhole(check: Check, field: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  check.bad(field, `must be a whole number from ${say(min)} to ${say(max)}; got ${show(value)}`);
}

/** A span between two bounds, both included, in whole ms. */
export function checkSpan(check: Check, field: string, ms: number, minMs: number, maxMs: number): void {
  if (Number.isSafeInteger(ms) && ms >= minMs && ms <= maxMs) return;
  check.bad(field, `must be from ${say(minMs)} ms to ${say(maxMs)} ms; got ${show(ms)} ms`);
}

/** For people, with commas: "1,000". */
export function say(value: number): string {
  return value.toLocaleString("en");
}
