import { type Check, show } from "./check.js";
import { longerThan, wrongText } from "./check-text.js";
import { limit } from "./limits.js";

const KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;

/** Pairs for filters and display, as a job's labels or a worker's info. */
export function checkLabels(
  check: Check,
  field: string,
  labels: ReadonlyMap<string, string>,
  maxPairs = limit("labels"),
): Record<string, string> {
  if (labels.size > maxPairs) check.bad(field, `must hold at most ${maxPairs} pairs; got ${labels.size}`);
  let looked = 0;
  for (const [key, value] of labels) {
    if (looked++ === maxPairs) break;
    if (longerThan(key, limit("label_key_bytes")) || !KEY.test(key)) {
      const form = `1 to ${limit("label_key_bytes")} bytes of [A-Za-z0-9._/-], starting with a letter or digit`;
      check.bad(field, `keys must be ${form}; got ${show(key)}`);
      continue;
    }
    const wrong = wrongText(value, limit("label_value_bytes"));
    if (wrong !== undefined) check.bad(`${field}[${show(key)}]`, `${wrong}; got ${show(value)}`);
  }
  return Object.fromEntries(labels);
}
