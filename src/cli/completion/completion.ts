import type { Command } from "../command.js";
import { EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { print } from "../output.js";
import { BASH } from "./bash.js";
import { complete } from "./complete.js";
import { FISH } from "./fish.js";
import { namesOf } from "./names.js";
import type { Shell } from "./shell.js";
import { ZSH } from "./zsh.js";

const SHELLS: Readonly<Record<string, Shell>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** A shell's script, or, with words, what may stand where the last of them is being typed: the first line says of what sort that is. */
export async function completion(given: Given, commands: readonly Command[]): Promise<number> {
  const name = given.argument("SHELL");
  const shell = Object.hasOwn(SHELLS, name) ? SHELLS[name] : undefined;
  if (!shell) throw usageError(`SHELL must be one of ${Object.keys(SHELLS).join(", ")}; got ${JSON.stringify(name)}`);
  const asked = given.allArguments("WORD");
  if (asked.length === 0) {
    await print(shell.script);
    return EXIT.done;
  }
  const words = shell.wordsOf(asked);
  const found = complete(commands, words);
  const candidates = found.names === undefined ? found.candidates : await namesOf(found.names, words, given.env);
  const typed = words.at(-1) ?? "";
  const fitting = candidates.filter(({ word }) => word.startsWith(typed));
  await print([found.files ? "files" : "words", ...shell.linesOf(fitting, asked), ""].join("\n"));
  return EXIT.done;
}
