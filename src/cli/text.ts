import { isUtf8 } from "node:buffer";

const SHORT = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Text from elsewhere as one line that moves no cursor: control and direction characters as escapes. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return SHORT.get(character) ?? `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Its first line that is not blank, as one line. */
export function firstLine(text: string): string {
  return oneLine(text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "");
}

/** At most `width` characters; where it was longer the last one is "…". */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

/** Bytes for people: the text where they are text, else how many there are and how they begin. */
export function bytesText(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString("utf8");
  return `(${bytes.length} bytes that are not text: ${Buffer.from(bytes.subarray(0, 16)).toString("hex")}${bytes.length > 16 ? "..." : ""})`;
}
