const EMPTY = new Uint8Array(0);

/** What the file holds of bytes: nothing for none, and a copy where they are a view, since a view takes its whole frame along. */
export function storedBytes(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : ownBytes(bytes);
}

export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

/** libsql answers with Buffers, which are not equal to the arrays that were stored. */
export function readBytes(stored: Uint8Array | null): Uint8Array {
  if (stored === null || stored.length === 0) return EMPTY;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.length);
}

export function bytesOfHex(hex: string): Uint8Array {
  return hex === "" ? EMPTY : readBytes(Buffer.from(hex, "hex"));
}
