import type { Handler } from "@tickwire/client";
import { oneLine } from "../text.js";
import { payloadText } from "./payload-text.js";

/**
 * Writes a line for each task: slug, occurrence, payload. Control characters are written as escapes, so that a payload is one line
 * whatever it holds. The result is the payload as it came.
 */
export function printHandler(out: { write(text: string): unknown }): Handler {
  return (task) => {
    const text = payloadText(task.payload);
    out.write(`${task.slug}  ${task.scheduledTime.toISOString()}  ${oneLine(text)}\n`);
    return text;
  };
}
