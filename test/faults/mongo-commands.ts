/** As much of a message as its command's name may need: the longest of MongoDB's has 35 letters. */
const HEAD_BYTES = 96;
const HEADER_BYTES = 16;
/** MongoDB's own limit; a greater length is another protocol's text. */
const MAX_MESSAGE_BYTES = 48_000_000;
const OP_MSG = 2013;

/**
 * Names the commands in one connection's bytes to a MongoDB, however they are cut into chunks. Compressed messages and the
 * first handshake, which is not an OP_MSG, have no name here; nor has another protocol.
 */
export class MongoCommands {
  #head = Buffer.alloc(0);
  /** Of the current message, still to come; 0: between two. Unknown while fewer than four bytes of its length have come. */
  #left = 0;
  #isMongo = true;

  /** The commands whose names these bytes complete. */
  push(bytes: Buffer): string[] {
    const names: string[] = [];
    let rest = bytes;
    while (this.#isMongo && rest.length > 0) {
      const taken = this.#left > 0 ? this.#body(rest, names) : this.#length(rest);
      rest = rest.subarray(taken);
    }
    return names;
  }

  /** Takes up to the four bytes that a message begins with. */
  #length(bytes: Buffer): number {
    const taken = Math.min(4 - this.#head.length, bytes.length);
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, taken)]);
    if (this.#head.length < 4) return taken;
    const length = this.#head.readInt32LE(0);
    this.#isMongo = length >= HEADER_BYTES && length <= MAX_MESSAGE_BYTES;
    this.#left = length - 4;
    return taken;
  }

  #body(bytes: Buffer, names: string[]): number {
    const taken = Math.min(this.#left, bytes.length);
    const before = this.#head.length;
    if (before < HEAD_BYTES) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, Math.min(taken, HEAD_BYTES - before))]);
      const name = commandOf(this.#head);
      if (name !== undefined && commandOf(this.#head.subarray(0, before)) === undefined) names.push(name);
    }
    this.#left -= taken;
    if (this.#left === 0) this.#head = Buffer.alloc(0);
    return taken;
  }
}

/** The command that a message, or its beginning, names: the first key of its body; absent: none, or not yet. */
export function commandOf(message: Buffer): string | undefined {
  // Header, flags, the section's kind (0: the body, which drivers send first), the document's length, the value's type.
  const keyAt = HEADER_BYTES + 4 + 1 + 4 + 1;
  if (message.length <= keyAt || message.readInt32LE(12) !== OP_MSG || message[HEADER_BYTES + 4] !== 0)
    return undefined;
  const end = message.indexOf(0, keyAt);
  return end < 0 ? undefined : message.toString("latin1", keyAt, end);
}
