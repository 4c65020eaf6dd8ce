import { parseArgs } from "node:util";
import type { Command, Option } from "./command.js";
import { usageError } from "./exit.js";
import { Given, showArgument } from "./given.js";
import { suggest } from "./suggest.js";

/** What a command line asks for. */
export type Asked =
  | { readonly type: "run"; readonly command: Command; readonly given: Given }
  /** Help on everything, on the commands that begin with a word, or on one command. */
  | { readonly type: "help"; readonly commands: readonly Command[] }
  | { readonly type: "version" };

/** Reads a command line. Throws CommandError with exit code 2 where it makes no sense. */
export function readCommandLine(
  commands: readonly Command[],
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Asked {
  const [first = "", second = ""] = argv;
  if (["", "-h", "--help"].includes(first)) return { type: "help", commands };
  if (["-V", "--version", "version"].includes(first)) return { type: "version" };
  if (first === "help") return { type: "help", commands: named(commands, argv.slice(1)) };
  const command = commandOf(commands, first, second);
  if (!command) {
    const group = commands.filter(({ name }) => name.startsWith(`${first} `));
    if (group.length > 0 && ["", "-h", "--help"].includes(second)) return { type: "help", commands: group };
    throw unknownCommand(commands, group.length > 0 ? `${first} ${second}` : first);
  }
  const words = argv.slice(command.name.split(" ").length);
  const end = words.indexOf("--");
  const beforeEnd = end < 0 ? words : words.slice(0, end);
  if (beforeEnd.some((word) => word === "-h" || word === "--help")) return { type: "help", commands: [command] };
  return { type: "run", command, given: readWords(command, words, env) };
}

function commandOf(commands: readonly Command[], first: string, second: string): Command | undefined {
  return commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
}

function named(commands: readonly Command[], words: readonly string[]): readonly Command[] {
  if (words.length === 0) return commands;
  const name = words.join(" ");
  const found = commands.filter((one) => one.name === name || one.name.startsWith(`${name} `));
  if (found.length === 0) throw unknownCommand(commands, name);
  return found;
}

function unknownCommand(commands: readonly Command[], typed: string): Error {
  const names = commands.flatMap(({ name }) => [name, ...(name.includes(" ") ? [name.split(" ")[0] ?? ""] : [])]);
  return usageError(`there is no command ${JSON.stringify(typed)}${meant(typed, names)}; tickwire --help lists them`);
}

function meant(typed: string, names: readonly string[], prefix = ""): string {
  const name = suggest(typed, names);
  return name === undefined ? "" : `; did you mean ${prefix}${name}?`;
}

function readWords(
  command: Command,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Given {
  const options = new Map(command.options.map((option) => [option.name, option]));
  const types = command.options.map(({ name, value }) => [name, { type: value ? "string" : "boolean" }] as const);
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(types),
    // Its own errors suggest nothing; the tokens are checked below.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const value = textOf(command, options.get(token.name), token);
    const given = values.get(token.name) ?? [];
    if (given.length > 0 && !options.get(token.name)?.many) throw wrong(command, `${token.rawName} is given twice`);
    values.set(token.name, [...given, value]);
  }
  return new Given(command.options, values, argumentsOf(command, positionals), env);
}

function textOf(
  command: Command,
  option: Option | undefined,
  { rawName, value }: { readonly rawName: string; readonly value: string | undefined },
): string {
  if (!option) {
    const names = command.options.map(({ name }) => name);
    throw wrong(command, `there is no option ${rawName}${meant(rawName.replace(/^-+/, ""), names, "--")}`);
  }
  if (option.value === undefined) return value ?? "true";
  if (value === undefined) throw wrong(command, `${rawName} needs a value: ${rawName} ${option.value}`);
  return value;
}

function argumentsOf(command: Command, words: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  let next = 0;
  for (const argument of command.arguments ?? []) {
    const taken = argument.many ? words.slice(next) : words.slice(next, next + 1);
    next += taken.length;
    if (taken.length > 0) found.set(argument.name, taken);
    else if (!argument.optional) throw wrong(command, `${showArgument(argument)} is missing: ${argument.help}`);
  }
  const extra = words[next];
  if (extra !== undefined) throw wrong(command, `${JSON.stringify(extra)} is one word too many`);
  return found;
}

function wrong(command: Command, message: string): Error {
  return usageError(`${message}; tickwire ${command.name} --help tells more`);
}
