import { LIMITS } from "../../core/limits.js";
import type { Captured } from "./captured.js";

/**
 * The result of a command as JSON: `{"exitCode":0,"stdout":"...","stderr":"..."}`. The server keeps 64 KiB of a result, and half a JSON
 * document is none: where both outputs together are longer, they are cut further until it fits.
 */
export function shellResult(exitCode: number, stdout: Captured, stderr: Captured): string {
  const budget = LIMITS.result_bytes.value - write(exitCode, "", "").length;
  const [out, err] = [stdout.text(), stderr.text()];
  const [outBytes, errBytes] = [sizeOf(out), sizeOf(err)];
  if (outBytes + errBytes <= budget) return write(exitCode, out, err);
  // Half for each; what one leaves of its half is the other's.
  const half = Math.floor(budget / 2);
  const outShare = Math.max(half, budget - errBytes);
  const errShare = Math.max(half, budget - outBytes);
  return write(exitCode, fitting(stdout, outShare), fitting(stderr, errShare));
}

function write(exitCode: number, stdout: string, stderr: string): string {
  return JSON.stringify({ exitCode, stdout, stderr });
}

/** Bytes that a text takes inside a JSON document, without its quotes. */
function sizeOf(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** The most of it that takes at most `share` bytes of JSON: how much a byte takes there depends on what it is. */
function fitting(output: Captured, share: number): string {
  let good = 0;
  let bad = share + 1;
  if (sizeOf(output.text(share)) <= share) return output.text(share);
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (sizeOf(output.text(middle)) <= share) good = middle;
    else bad = middle;
  }
  return output.text(good);
}
