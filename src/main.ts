#!/usr/bin/env node
import { readCommandLine } from "./cli/args.js";
import { COMMANDS } from "./cli/commands.js";
import { CommandError, EXIT } from "./cli/exit.js";
import { helpOn } from "./cli/help.js";
import { version } from "./version.js";

/** `--log-level debug`, or its variable, of whatever command: errors come with their stacks. */
const { TICKWIRE_LOG_LEVEL: logLevel } = process.env;
const isDebug =
  logLevel === "debug" ||
  process.argv.some(
    (word, at, all) => word === "--log-level=debug" || (word === "debug" && all[at - 1] === "--log-level"),
  );

async function main(): Promise<number> {
  const asked = readCommandLine(COMMANDS, process.argv.slice(2), process.env);
  switch (asked.type) {
    case "help":
      process.stdout.write(helpOn(asked.commands, COMMANDS));
      return EXIT.done;
    case "version":
      process.stdout.write(`tickwire ${version}\n`);
      return EXIT.done;
    case "run":
      return await asked.command.run(asked.given);
  }
}

function tell(error: unknown): number {
  const isKnown = error instanceof CommandError;
  const text = error instanceof Error ? error.message : String(error);
  const stack = isDebug && error instanceof Error ? `\n${error.stack}` : "";
  process.stderr.write(`tickwire: ${isKnown ? "" : "unexpected error: "}${text}${stack}\n`);
  return isKnown ? error.exitCode : EXIT.refused;
}

// Whoever reads our output may leave early, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});
process.on("uncaughtException", (error) => process.exit(tell(error)));

// Exits by itself: a command that is done has nothing that should keep it alive.
process.exit(await main().catch(tell));
