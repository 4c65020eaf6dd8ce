import { type Check, show } from "../core/check.js";
import type { Duration } from "./gen/google/protobuf/duration.js";
import type { Timestamp } from "./gen/google/protobuf/timestamp.js";
import { refuseUnknown } from "./unknown-fields.js";

/**
 * Time on the wire and in core. Core knows whole milliseconds: what is finer is rounded up, so that nothing happens before the
 * time that was asked for, and a span is never cut short. A filter's bounds keep their meaning by the same rule.
 */

/** 9999-12-31T23:59:59.999Z: the end of RFC 3339, and of every store's calendar. */
const LAST_MS = 253_402_300_799_999;
/** Before every occurrence: of a trigger that is read as if it were stored then, none has passed. */
export const EPOCH = new Date(0);
/** Of google.protobuf.Duration: 10,000 years. */
const MOST_SECONDS = 315_576_000_000n;

export function toTimestamp(date: Date): Timestamp {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1_000) * 1_000_000 };
}

export function optionalTimestamp(date: Date | undefined): Timestamp | undefined {
  return date && toTimestamp(date);
}

/** Of a span that is not negative, in ms. */
export function toDuration(ms: number): Duration {
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1_000) * 1_000_000) };
}

export function optionalDuration(ms: number | undefined): Duration | undefined {
  return ms === undefined ? undefined : toDuration(ms);
}

/** An instant from 1970 to 9999. Undefined where it is unset or wrong; what is wrong is told to `check`. */
export function readTimestamp(check: Check, field: string, value: Timestamp | undefined): Date | undefined {
  if (!value) return undefined;
  refuseUnknown(check, field, value);
  const { seconds, nanos } = value;
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > 999_999_999) {
    check.bad(field, `nanos must be from 0 to 999,999,999; got ${show(nanos)}`);
    return undefined;
  }
  const ms = Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000);
  if (ms < 0 || ms > LAST_MS) {
    check.bad(field, `must be from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z; got ${show(seconds)} s`);
    return undefined;
  }
  return new Date(ms);
}

/** A span that is not negative, in ms. Undefined where it is unset or wrong; what is wrong is told to `check`. */
export function readDuration(check: Check, field: string, value: Duration | undefined): number | undefined {
  if (!value) return undefined;
  refuseUnknown(check, field, value);
  const { seconds, nanos } = value;
  if (!Number.isInteger(nanos) || nanos < -999_999_999 || nanos > 999_999_999) {
    check.bad(field, `nanos must be from 0 to 999,999,999; got ${show(nanos)}`);
    return undefined;
  }
  if (seconds < 0n || nanos < 0) {
    check.bad(field, `must not be negative; got ${show(seconds)} s and ${show(nanos)} ns`);
    return undefined;
  }
  if (seconds > MOST_SECONDS) {
    check.bad(field, `must be at most ${show(MOST_SECONDS)} s; got ${show(seconds)} s`);
    return undefined;
  }
  return Number(seconds) * 1_000 + Math.ceil(nanos / 1_000_000);
}
