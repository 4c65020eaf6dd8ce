import { type Check, show } from "./check.js";

const encoder = new TextEncoder();

/** Length in UTF-8, counted no further than needed to tell whether it is above `max`. */
export function longerThan(text: string, max: number): boolean {
  if (text.length > max) return true;
  // Three bytes a UTF-16 unit is the most there can be, so that short texts need no encoding.
  if (text.length * 3 <= max) return false;
  // One that is ASCII is as long as it looks; encoding it takes 0.5 us and an array.
  return !isShortAscii(text) && encoder.encode(text).length > max;
}

function isShortAscii(text: string): boolean {
  if (text.length > 256) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Text for people or for other programs: at most `max` bytes of UTF-8, and nothing that a store can't keep. */
export function checkText(check: Check, field: string, text: string, max: number): boolean {
  const wrong = wrongText(text, max);
  if (wrong === undefined) return true;
  check.bad(field, `${wrong}; got ${show(text)}`);
  return false;
}

/** Why a text can't be stored, or undefined. */
export function wrongText(text: string, max: number): string | undefined {
  if (longerThan(text, max)) return `must be at most ${max.toLocaleString("en")} bytes`;
  // PostgreSQL can't store it.
  if (text.includes("\0")) return "must not hold a NUL character";
  // What a decoder makes of bytes that are not UTF-8; stored, it would differ from what was sent.
  if (text.includes("\ufffd")) return "must be valid UTF-8, without U+FFFD";
  return undefined;
}
