import { ADDRESS, showAddress } from "../setting-types.js";
import { usageError } from "./exit.js";
import type { Given } from "./given.js";
import { parseSpan } from "./span.js";
import { parseTime } from "./time.js";

/** An option's value as something else than text; undefined where nothing is given. `parse` throws an Error that completes "--name: ...". */
export function readValue<T>(given: Given, name: string, parse: (text: string) => T): T | undefined {
  const text = given.text(name);
  return text === undefined ? undefined : parsed(name, text, parse);
}

/** Every value of an option that may be repeated. */
export function readValues<T>(given: Given, name: string, parse: (text: string) => T): T[] {
  return given.all(name).map((text) => parsed(name, text, parse));
}

function parsed<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw usageError(`--${name}: ${(error as Error).message}; got ${JSON.stringify(text)}`);
  }
}

export function spanOf(given: Given, name: string): number | undefined {
  return readValue(given, name, parseSpan);
}

export function instantOf(given: Given, name: string): Date | undefined {
  return readValue(given, name, (text) => parseTime(text, new Date()));
}

/** A whole number of at least `least`. */
export function wholeOf(given: Given, name: string, least: number): number | undefined {
  return readValue(given, name, (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= 2_147_483_647) return number;
    throw new Error(`must be a whole number of at least ${least}`);
  });
}

/** One of some words; answers what stands for it. */
export function choiceOf<T>(given: Given, name: string, choices: Readonly<Record<string, T>>): T | undefined {
  return readValue(given, name, choice(choices));
}

export function choice<T>(choices: Readonly<Record<string, T>>): (text: string) => T {
  return (text) => {
    const found = Object.entries(choices).find(([word]) => word === text.toLowerCase());
    if (found) return found[1];
    throw new Error(`must be one of ${Object.keys(choices).join(", ")}`);
  };
}

/** `HOST:PORT`, or several with commas between them. */
export function addressesOf(given: Given, name: string): string[] | undefined {
  const texts = given.text(name)?.split(",");
  return texts?.map((one) => showAddress(parsed(name, one.trim(), serverAddress)));
}

function serverAddress(text: string): ReturnType<typeof ADDRESS.parse> {
  const address = ADDRESS.parse(text);
  if (address.port === 0) throw new Error("must have the port that a server listens on");
  return address;
}

/** The values of an enum of the contract, by their words: `{ dead: "JOB_STATE_DEAD" }`. */
export function enumChoices(prefix: string, words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map((word) => [word, `${prefix}_${word.toUpperCase()}`]));
}

/** KEY=VALUE pairs. */
export function pairsOf(given: Given, name: string): Record<string, string> | undefined {
  const pairs = readValues(given, name, (text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new Error("must be KEY=VALUE");
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const twice = pairs.find(([key], at) => pairs.findIndex(([other]) => other === key) < at);
  if (twice) throw usageError(`--${name}: the key ${JSON.stringify(twice[0])} is given twice`);
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}
