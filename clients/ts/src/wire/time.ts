import { badField } from "../errors.js";
import type { Duration } from "../gen/google/protobuf/duration.js";
import type { Timestamp } from "../gen/google/protobuf/timestamp.js";

/** A moment as the wire has it. `field` is the path that an error names. */
export function toTimestamp(date: Date, field: string): Timestamp {
  const ms = date instanceof Date ? date.getTime() : Number.NaN;
  if (Number.isNaN(ms)) throw badField(field, `not a valid Date: ${String(date)}`);
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 };
}

export function optionalTimestamp(date: Date | undefined, field: string): Timestamp | undefined {
  return date === undefined ? undefined : toTimestamp(date, field);
}

export function toDate(time: Timestamp | undefined): Date | undefined {
  return time && new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1_000_000));
}

/** What a google.protobuf.Duration can hold. */
const longestMs = 315_576_000_000_000;

/** A span in ms as the wire has it, to the microsecond. `field` is the path that an error names. */
export function toDuration(ms: number, field: string): Duration {
  if (typeof ms !== "number" || !(Math.abs(ms) <= longestMs)) {
    throw badField(field, `not a number of milliseconds within 10,000 years: ${String(ms)}`);
  }
  let whole = Math.trunc(ms);
  let micros = Math.round((ms - whole) * 1000);
  if (Math.abs(micros) === 1000) {
    whole += Math.sign(micros);
    micros = 0;
  }
  const seconds = Math.trunc(whole / 1000);
  return { seconds: BigInt(seconds), nanos: (whole - seconds * 1000) * 1_000_000 + micros * 1000 };
}

export function optionalDuration(ms: number | undefined, field: string): Duration | undefined {
  return ms === undefined ? undefined : toDuration(ms, field);
}

export function toMs(span: Duration | undefined): number | undefined {
  return span && Number(span.seconds) * 1000 + span.nanos / 1_000_000;
}
