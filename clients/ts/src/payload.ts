/** Input of a job or result of a run: bytes as they are, a string as UTF-8, anything else as JSON. */
export type Payload = Uint8Array | string | number | boolean | null | object;

/** Bytes of a payload, and the content type that its JavaScript type suggests, if any. Throws TypeError where a value has no JSON. */
export function encodePayload(payload: Payload): { bytes: Buffer; contentType: string } {
  if (typeof payload === "string") return { bytes: Buffer.from(payload, "utf8"), contentType: "" };
  if (ArrayBuffer.isView(payload)) return { bytes: bufferOf(payload), contentType: "" };
  if (payload instanceof ArrayBuffer) return { bytes: Buffer.from(payload), contentType: "" };
  const text = JSON.stringify(payload);
  if (text === undefined) throw new TypeError(`a payload of type ${typeof payload} has no JSON`);
  return { bytes: Buffer.from(text, "utf8"), contentType: "application/json" };
}

/** The same bytes as a Buffer; no copy. */
export function bufferOf(view: ArrayBufferView): Buffer {
  return Buffer.isBuffer(view) ? view : Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/** At most `limit` bytes of UTF-8, cut between characters and marked with "…" where it was longer. */
export function cutText(text: string, limit: number): string {
  // A UTF-16 unit takes at most 3 bytes.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const bytes = Buffer.from(text.slice(0, limit));
  let end = Math.min(limit - 3, bytes.length);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString("utf8", 0, end)}…`;
}
