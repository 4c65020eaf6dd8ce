import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCommandLine } from "../../src/cli/args.js";
import { COMMANDS } from "../../src/cli/commands.js";
import type { Given } from "../../src/cli/given.js";
import { KINDS } from "../../src/cli/kinds/kinds.js";
import { addressesOf, spanOf, wholeOf } from "../../src/cli/read.js";
import { STUCK_MS } from "../../src/cli/serve.js";
import { readSettings, SETTINGS, type Setting, type Settings, variableOf } from "../../src/config.js";
import { root } from "./tree.js";

// What the files that deploy Tickwire say, read by what would read it.

export type Env = Readonly<Record<string, string>>;

/** The image's name, as every file has to have it. */
export const IMAGE = `tickwire:${(JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version}`;

/** The settings of `tickwire serve` with these words and variables. Fails on a variable that is none of its settings. */
export function serverOf(words: readonly string[], env: Env): Settings {
  const given = givenOf("serve", words, env);
  known(env, Object.values<Setting<unknown>>(SETTINGS).map(variableOf));
  return readSettings(given.flags, env);
}

/** How long a server may take to stop, at most: only then does it end by itself. */
export function stopMsOf({ graceMs }: Settings): number {
  return graceMs + STUCK_MS;
}

/** What `tickwire worker` takes from these words and variables. Fails on a variable that is none of its options. */
export function workerOf(words: readonly string[], env: Env): { servers: string[]; kinds: string[]; graceMs: number } {
  const given = givenOf("worker", words, env);
  known(env, COMMANDS.find(({ name }) => name === "worker")?.options.flatMap((option) => option.env ?? []) ?? []);
  const kinds = given.text("kinds")?.split(",") ?? [];
  const unknown = kinds.filter((kind) => !KINDS.some(({ name }) => name === kind));
  assert.deepEqual([kinds.length > 0, unknown], [true, []]);
  wholeOf(given, "max-tasks", 1);
  return { servers: addressesOf(given, "server") ?? [], kinds, graceMs: spanOf(given, "grace") ?? 0 };
}

function givenOf(command: string, words: readonly string[], env: Env): Given {
  const asked = readCommandLine(COMMANDS, words, env);
  assert.equal(asked.type === "run" ? asked.command.name : asked.type, command);
  return (asked as { given: Given }).given;
}

function known(env: Env, variables: readonly string[]): void {
  const names = Object.keys(env).filter((name) => name.startsWith("TICKWIRE_"));
  assert.deepEqual(
    names.filter((name) => !variables.includes(name)),
    [],
  );
  // In both formats an unquoted true or 10 is no text, and is refused or written another way.
  for (const [name, value] of Object.entries(env)) assert.equal(typeof value, "string", name);
}
