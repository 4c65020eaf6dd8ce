import { badField } from "../errors.js";

/** 0 where nothing is said. */
export function int32(value: number | undefined, field: string): number {
  return optionalInt32(value, field) ?? 0;
}

export function optionalInt32(value: number | undefined, field: string): number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || Math.abs(value) > 0x7fff_ffff)) {
    throw badField(field, `not a whole number of 32 bits: ${String(value)}`);
  }
  return value;
}

/** 0 where nothing is said. */
export function int64(value: number | undefined, field: string): bigint {
  if (value !== undefined && !Number.isSafeInteger(value))
    throw badField(field, `not a whole number: ${String(value)}`);
  return BigInt(value ?? 0);
}
