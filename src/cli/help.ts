import type { Command, Option } from "./command.js";
import { showArgument } from "./given.js";

const WIDTH = 100;

/** What `--help` prints for these commands: one in full, several as a list. */
export function helpOn(commands: readonly Command[], all: readonly Command[]): string {
  const [only] = commands;
  return only && commands.length === 1 && commands !== all ? helpOnOne(only) : helpOnMany(commands, all);
}

function helpOnMany(commands: readonly Command[], all: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  const lines = ["usage: tickwire COMMAND [options]", "", "commands:", ...columns(rows), ""];
  if (commands === all) lines.push("tickwire --version prints the version.");
  return [
    ...lines,
    "tickwire COMMAND --help shows a command's options. Exit codes: 0 done; 1 refused or failed; 2 wrong",
    "usage; 3 the server can't be reached. 128 + n: ended at once by a second signal n.",
    "",
  ].join("\n");
}

function helpOnOne(command: Command): string {
  const words = (command.arguments ?? []).map((argument) => ` ${showArgument(argument)}`).join("");
  const lines = [
    `tickwire ${command.name}: ${command.summary}`,
    "",
    `usage: tickwire ${command.name}${words} [options]`,
  ];
  const args = (command.arguments ?? []).map((argument) => [showArgument(argument), argument.help] as const);
  if (args.length > 0) lines.push("", "arguments:", ...columns(args));
  const options = command.options.map(
    (option) => [`--${option.name}${option.value ? ` ${option.value}` : ""}`, told(option)] as const,
  );
  if (options.length > 0) lines.push("", "options:", ...columns(options));
  if (command.notes) lines.push("", ...paragraphs(command.notes));
  return [...lines, ""].join("\n");
}

/** Lines that begin with a word are one paragraph; one that is indented stands alone, and goes on behind its first column. */
function paragraphs(notes: readonly string[]): string[] {
  const joined: string[] = [];
  for (const note of notes) {
    const before = joined.at(-1);
    if (/^\S/.test(note) && before !== undefined && /^\S/.test(before)) joined[joined.length - 1] = `${before} ${note}`;
    else joined.push(note);
  }
  return joined.flatMap((text) => {
    const [head = ""] = /^\s+\S+ {2,}/.exec(text) ?? [];
    // An example, to be copied.
    if (head === "" && /^\s/.test(text)) return [text];
    const [first = "", ...rest] = wrapped(text.slice(head.length), WIDTH - head.length);
    return [head + first, ...rest.map((line) => " ".repeat(head.length) + line)];
  });
}

function told(option: Option): string {
  const facts = [
    ...(option.default !== undefined && option.value !== undefined ? [`default ${option.default}`] : []),
    ...(option.env === undefined ? [] : [option.env]),
    ...(option.many ? ["may be repeated"] : []),
  ];
  return facts.length > 0 ? `${option.help} (${facts.join("; ")})` : option.help;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(34, Math.max(...rows.map(([name]) => name.length)));
  const indent = " ".repeat(width + 4);
  return rows.flatMap(([name, text]) => {
    const [first = "", ...rest] = wrapped(text, WIDTH - indent.length);
    const lines = rest.map((line) => indent + line);
    if (name.length > width) return [`  ${name}`, indent + first, ...lines];
    return [`  ${name.padEnd(width)}  ${first}`, ...lines];
  });
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
