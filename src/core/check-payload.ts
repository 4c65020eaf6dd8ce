import { type Check, show } from "./check.js";
import { limit } from "./limits.js";

// RFC 9110's media type: two tokens, and parameters that are printable ASCII.
const CONTENT_TYPE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*;[\t\x20-\x7e]*)?$/;

export function checkPayload(check: Check, field: string, payload: Uint8Array): void {
  const max = limit("payload_bytes");
  if (payload.length <= max) return;
  check.bad(field, `must be at most ${say(max)} bytes; got ${say(payload.length)}`);
}

/** A MIME type, or empty. */
export function checkContentType(check: Check, field: string, type: string): void {
  const max = limit("content_type_bytes");
  if (type === "" || (type.length <= max && CONTENT_TYPE.test(type))) return;
  check.bad(field, `must be a MIME type such as application/json, at most ${max} bytes; got ${show(type)}`);
}

function say(value: number): string {
  return value.toLocaleString("en");
}
