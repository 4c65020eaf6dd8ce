import { isUtf8 } from "node:buffer";
import { LIMITS } from "../../../core/limits.js";
import { withoutCutEnd } from "../utf8.js";
import type { Incoming } from "./exchange.js";

/**
 * `{"status":200,"body":"..."}`, or `bodyBase64` where the body is not UTF-8, and `"truncated":true` where it is not all of it. The
 * server keeps 64 KiB of a result, and half a JSON document is none: the body is cut until the document fits.
 */
export function httpResult({ status, body, bodyIsCut }: Incoming): string {
  const text = bodyIsCut ? withoutCutEnd(body) : body;
  const write = isUtf8(text) ? textWriter(status, text) : base64Writer(status, body);
  const whole = write(text.length, bodyIsCut);
  if (sizeOf(whole) <= LIMITS.result_bytes.value) return whole;
  // How many bytes of JSON a byte takes depends on what it is.
  let [good, bad] = [0, body.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (sizeOf(write(middle, true)) <= LIMITS.result_bytes.value) good = middle;
    else bad = middle;
  }
  return write(good, true);
}

type Write = (bytes: number, isCut: boolean) => string;

function textWriter(status: number, body: Buffer): Write {
  return (bytes, isCut) => {
    const text = (bytes < body.length ? withoutCutEnd(body.subarray(0, bytes)) : body).toString("utf8");
    return JSON.stringify({ status, body: text, ...(isCut && { truncated: true }) });
  };
}

function base64Writer(status: number, body: Buffer): Write {
  return (bytes, isCut) =>
    JSON.stringify({
      status,
      bodyBase64: body.subarray(0, bytes).toString("base64"),
      ...(isCut && { truncated: true }),
    });
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}
