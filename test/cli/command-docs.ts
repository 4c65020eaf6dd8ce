import type { Argument, Command, Option } from "../../src/cli/command.js";
import { showArgument } from "../../src/cli/given.js";

/** A command as docs/cli.md has it: a heading, what it does, and a table of what it takes. */
export function commandDoc(command: Command): string {
  const words = (command.arguments ?? []).map((argument) => ` ${showArgument(argument)}`).join("");
  const rows = [...(command.arguments ?? []).map(argumentRow), ...command.options.map(optionRow)];
  const table = ["| option | variable | default | |", "| --- | --- | --- | --- |", ...rows];
  const notes = command.notes ? ["```", ...command.notes, "```", ""] : [];
  return [
    `### tickwire ${command.name}${words}`,
    "",
    `${upperFirst(command.summary)}.`,
    "",
    ...table,
    "",
    ...notes,
  ].join("\n");
}

function argumentRow(argument: Argument): string {
  return row(showArgument(argument), "", "", argument.help);
}

function optionRow({ name, value, env, many, help, ...option }: Option): string {
  const flag = `--${name}${value === undefined ? "" : ` ${value}`}`;
  // A flag is off by default; that goes without saying.
  const byDefault = value === undefined ? undefined : option.default;
  return row(flag, env ?? "", byDefault ?? "", `${help}${many ? "; may be repeated" : ""}`);
}

function row(option: string, env: string, byDefault: string, help: string): string {
  const code = (text: string): string => (text === "" ? "" : `\`${escaped(text)}\``);
  return `| ${code(option)} | ${code(env)} | ${code(byDefault)} | ${escaped(help)} |`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
