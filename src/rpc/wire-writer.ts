const FIRST_BYTES = 65_536;
/** Of a varint up to 2^53. */
const NUMBER_BYTES = 8;
const TAG_BYTES = 2;
/** Up to here a loop over the letters is cheaper than a call of the encoder. */
const SHORT_TEXT = 64;

/**
 * Protobuf's wire format, written into one buffer that is kept from frame to frame: fields in the order they are called, and
 * only those that are not their type's default. Numbers are whole and from 0 to 2^53.
 */
export class WireWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #at = 0;

  /** What was written, as a copy; the writer is empty again. */
  finish(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#at);
    this.#bytes.copy(copy, 0, 0, this.#at);
    this.#at = 0;
    return copy;
  }

  /** Forgets what was written. */
  clear(): void {
    this.#at = 0;
  }

  number(tag: number, value: number): void {
    if (value === 0) return;
    this.#reserve(TAG_BYTES + NUMBER_BYTES);
    this.#varint(tag);
    this.#varint(value);
  }

  text(tag: number, value: string): void {
    const { length } = value;
    if (length === 0) return;
    this.#reserve(TAG_BYTES + NUMBER_BYTES + 3 * length);
    this.#varint(tag);
    if (length <= SHORT_TEXT && this.#ascii(value)) return;
    const bytes = Buffer.byteLength(value);
    this.#varint(bytes);
    this.#at += this.#bytes.write(value, this.#at);
  }

  bytes(tag: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#reserve(TAG_BYTES + NUMBER_BYTES + value.length);
    this.#varint(tag);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Bytes that are given in hex. */
  hex(tag: number, value: string): void {
    const length = value.length >> 1;
    if (length === 0) return;
    this.#reserve(TAG_BYTES + NUMBER_BYTES + length);
    this.#varint(tag);
    this.#varint(length);
    this.#at += this.#bytes.write(value, this.#at, length, "hex");
  }

  /** A message begins; what is written up to `close` of the answer is inside. */
  open(tag: number): number {
    this.#reserve(TAG_BYTES + 1);
    this.#varint(tag);
    this.#at++;
    return this.#at;
  }

  /** Its length is known now: one of 128 bytes or more is moved along by the bytes that its length takes beyond one. */
  close(start: number): void {
    const length = this.#at - start;
    const more = sizeOf(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + more, start, this.#at);
    }
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  #ascii(value: string): boolean {
    const bytes = this.#bytes;
    const { length } = value;
    let at = this.#at;
    bytes[at++] = length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #varint(value: number): void {
    let left = value;
    for (; left > 0x7fff_ffff; left = Math.floor(left / 128)) this.#bytes[this.#at++] = (left % 128) | 128;
    for (; left > 0x7f; left >>>= 7) this.#bytes[this.#at++] = (left & 0x7f) | 128;
    this.#bytes[this.#at++] = left;
  }

  #reserve(more: number): void {
    const least = this.#at + more;
    if (least <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function sizeOf(varint: number): number {
  let size = 1;
  for (let left = varint; left > 0x7f; left >>>= 7) size++;
  return size;
}
