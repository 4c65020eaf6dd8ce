import { Buffer } from "node:buffer";

export type ArrayType = "text" | "bytea" | "bigint" | "int" | "smallint" | "boolean";
export type Scalar = string | number | boolean | null | Uint8Array;

/** pg_type.oid */
const OIDS: Readonly<Record<ArrayType, number>> = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  int: 23,
  text: 25,
};
/** Of what has always as many bytes. */
const WIDTHS: Readonly<Partial<Record<ArrayType, number>>> = { boolean: 1, bigint: 8, smallint: 2, int: 4 };

/** Dimensions, whether there are nulls, the element's type; then, where there are elements, their number and the first one's. */
const HEADER = 20;
const EMPTY_HEADER = 12;

/**
 * A column of the rows as PostgreSQL's binary form of an array, which the driver sends as it is. As text each element would be
 * quoted, escaped and, bytes, written in hex, here and back there: with 500 results in a statement that takes twice the
 * processor time here (7 µs a row for 4), and in the database 4.5 µs for 2.7.
 */
export function arrayBytes(type: ArrayType, rows: readonly (readonly Scalar[])[], at: number): Buffer {
  if (rows.length === 0) return header(Buffer.alloc(EMPTY_HEADER), type, 0);
  let size = HEADER;
  for (const row of rows) size += 4 + sizeOf(type, row[at] ?? null);
  const bytes = header(Buffer.allocUnsafe(size), type, rows.length);
  let nulls = 0;
  let to = HEADER;
  for (const row of rows) {
    const value = row[at] ?? null;
    if (value === null) {
      nulls = 1;
      to = bytes.writeInt32BE(-1, to);
      continue;
    }
    const written = write(bytes, type, value, to + 4);
    bytes.writeInt32BE(written, to);
    to += 4 + written;
  }
  bytes.writeInt32BE(nulls, 4);
  return bytes;
}

function header(bytes: Buffer, type: ArrayType, count: number): Buffer {
  bytes.writeInt32BE(count > 0 ? 1 : 0, 0);
  bytes.writeInt32BE(OIDS[type], 8);
  if (count > 0) bytes.writeInt32BE(1, bytes.writeInt32BE(count, EMPTY_HEADER));
  return bytes;
}

function sizeOf(type: ArrayType, value: Scalar): number {
  if (value === null) return 0;
  return WIDTHS[type] ?? (typeof value === "string" ? Buffer.byteLength(value) : (value as Uint8Array).length);
}

/** Answers how many bytes it wrote. */
function write(bytes: Buffer, type: ArrayType, value: string | number | boolean | Uint8Array, to: number): number {
  if (typeof value === "string" && type === "text") return bytes.write(value, to);
  if (typeof value === "object" && type === "bytea") {
    bytes.set(value, to);
    return value.length;
  }
  if (typeof value === "boolean" && type === "boolean") return bytes.writeUInt8(value ? 1 : 0, to) - to;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new TypeError(`${typeof value} is not ${type}`);
  if (type === "bigint")
    return bytes.writeUInt32BE(value >>> 0, bytes.writeInt32BE(Math.floor(value / 2 ** 32), to)) - to;
  if (type === "int") return bytes.writeInt32BE(value, to) - to;
  if (type === "smallint") return bytes.writeInt16BE(value, to) - to;
  throw new TypeError(`a number is not ${type}`);
}
