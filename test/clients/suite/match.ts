import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/**
 * What a scenario expects: the same JSON, but for these in place of a value, which the languages may fill differently:
 *
 *     { $any: true }            anything that is there
 *     { $alike: true }          anything that is there, and in every language the same
 *     { $matches: "^a" }        a text
 *     { $between: [0, 3] }      a number, or a span ("1.5s")
 *     { $length: 8192, $ends: "x" }  a text of so many bytes
 *     { $same: "name" }         the same value wherever it has this name, in one run; not an empty one
 *     { $unlike: "name" }       another value than that one
 *     { $opt: 1 }               this, or nothing
 *     { $but: ["a"], ... }      an object, without looking at these members
 *     { $only: true, ... }      an object, looking only at the members that are named
 */
export class Matcher {
  readonly #named = new Map<string, JsonValue>();

  /** Undefined where `actual` is as expected; else where and how it is not. */
  mismatch(expected: JsonValue, actual: JsonValue | undefined, path = ""): string | undefined {
    const special = specialOf(expected);
    if (special) return this.#special(special, actual, path);
    if (Array.isArray(expected)) {
      if (!Array.isArray(actual) || actual.length !== expected.length) return differs(path, expected, actual);
      return first(expected.map((item, index) => this.mismatch(item, actual[index], `${path}[${index}]`)));
    }
    if (isObject(expected)) {
      if (!isObject(actual)) return differs(path, expected, actual);
      const skipped = skippedOf(expected);
      const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
      return first(
        [...names]
          .filter((name) => !isNote(name) && !skipped.includes(name))
          .filter((name) => name in expected || !expected["$only"])
          .map((name) => {
            const wanted = expected[name];
            const at = path === "" ? name : `${path}.${name}`;
            if (wanted === undefined) return `${at} was not expected: ${show(actual[name])}`;
            return this.mismatch(wanted, actual[name], at);
          }),
      );
    }
    return isDeepStrictEqual(expected, actual) ? undefined : differs(path, expected, actual);
  }

  #special(special: JsonObject, actual: JsonValue | undefined, path: string): string | undefined {
    const { $any, $matches, $between, $length, $ends, $same, $unlike, $opt } = special;
    if ($opt !== undefined) return actual === undefined ? undefined : this.mismatch($opt, actual, path);
    const fits =
      actual !== undefined &&
      ($any === undefined || $any === true) &&
      ($matches === undefined || (typeof actual === "string" && new RegExp(String($matches), "s").test(actual))) &&
      ($between === undefined || isBetween($between as number[], actual)) &&
      ($length === undefined || Buffer.byteLength(String(actual)) === $length) &&
      ($ends === undefined || String(actual).endsWith(String($ends))) &&
      ($unlike === undefined || !isDeepStrictEqual(this.#named.get(String($unlike)), actual)) &&
      ($same === undefined || this.#isSame(String($same), actual));
    return fits ? undefined : differs(path, special, actual);
  }

  #isSame(name: string, actual: JsonValue): boolean {
    if (!this.#named.has(name)) this.#named.set(name, actual);
    return isDeepStrictEqual(this.#named.get(name), actual) && actual !== "";
  }
}

/** `actual`, with what may differ from run to run replaced by what was expected there. */
export function masked(expected: JsonValue, actual: JsonValue): JsonValue {
  const special = specialOf(expected);
  if (special) return special["$alike"] ? actual : special;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return actual.map((item, index) => masked(expected[index] ?? null, item));
  }
  if (!isObject(expected) || !isObject(actual)) return actual;
  const skipped = skippedOf(expected);
  return Object.fromEntries(
    Object.entries(actual)
      .filter(([name]) => !skipped.includes(name) && (name in expected || !expected["$only"]))
      .map(([name, value]) => [name, masked(expected[name] ?? null, value)]),
  );
}

function isBetween([least = 0, most = 0]: readonly number[], actual: JsonValue): boolean {
  const number = typeof actual === "string" ? Number.parseFloat(actual) : Number(actual);
  return number >= least && number <= most;
}

function specialOf(json: JsonValue): JsonObject | undefined {
  if (!isObject(json)) return undefined;
  return Object.keys(json).some((name) => name.startsWith("$") && !isNote(name)) ? json : undefined;
}

function isNote(name: string): boolean {
  return name === "$but" || name === "$only";
}

function skippedOf({ $but }: JsonObject): readonly JsonValue[] {
  return Array.isArray($but) ? $but : [];
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function first(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined);
}

function differs(path: string, expected: JsonValue, actual: JsonValue | undefined): string {
  return `${path || "it"} is ${show(actual)}, not ${show(expected)}`;
}

export function show(json: unknown): string {
  const text = JSON.stringify(json) ?? "missing";
  return text.length > 600 ? `${text.slice(0, 400)} ... ${text.slice(-100)} (${text.length} characters)` : text;
}
