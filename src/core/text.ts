const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The longest start of `text` that fits in `maxBytes` of UTF-8, never ending inside a character. */
export function cutText(text: string, maxBytes: number): string {
  // Three bytes a UTF-16 unit is the most there can be, so that short texts need no encoding.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return decoder.decode(bytes.subarray(0, end));
}
