import type { Check } from "../core/check.js";

interface Message {
  readonly _unknownFields?: { readonly [tag: number]: unknown } | undefined;
}

/**
 * Refuses a message that holds fields which this server does not know: inside a filter, a trigger or a policy they would make
 * it mean less than it says. A known number with another wire type is as unknown.
 */
export function refuseUnknown(check: Check, field: string, message: Message): void {
  for (const tag in message._unknownFields) {
    const number = Number(tag) >>> 3;
    check.bad(field, `holds field number ${number}, which this server does not know`, "UNKNOWN_FIELD");
  }
}
