const HEADER_BYTES = 16;

/** One message of MongoDB's wire protocol, header included. */
export interface WireMessage {
  readonly id: number;
  /** The id of the message that this one answers; 0 where it is a request. */
  readonly answers: number;
  readonly bytes: Buffer;
}

/** Cuts the bytes of one direction of a connection into messages, however they come in chunks. */
export class WireMessages {
  #chunks: Buffer[] = [];
  #held = 0;
  /** Of the message that has begun, header included; unknown while fewer than four bytes of it are here. */
  #length: number | undefined;

  /** The messages that these bytes complete. */
  push(bytes: Buffer): WireMessage[] {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    const messages: WireMessage[] = [];
    for (;;) {
      if (this.#length === undefined && this.#held >= 4) this.#length = this.#joined().readInt32LE(0);
      if (this.#length === undefined || this.#held < this.#length) return messages;
      if (this.#length < HEADER_BYTES) throw new Error("this is not MongoDB's wire protocol: a TLS connection?");
      const all = this.#joined();
      const message = all.subarray(0, this.#length);
      messages.push({ id: message.readInt32LE(4), answers: message.readInt32LE(8), bytes: message });
      const rest = all.subarray(this.#length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#held = rest.length;
      this.#length = undefined;
    }
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    const all = only && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
