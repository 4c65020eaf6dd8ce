import { isUtf8 } from "node:buffer";
import { PermanentError } from "@tickwire/client";

/** A payload as text. Throws PermanentError where it is none: no retry would change that. */
export function payloadText(payload: Uint8Array): string {
  if (!isUtf8(payload)) throw new PermanentError(`the payload is not text: its ${payload.length} bytes are not UTF-8`);
  return Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("utf8");
}
