import type { Command } from "../command.js";

/** `all` is asked when it runs: this command is one of them. */
export function completionCommand(all: () => readonly Command[]): Command {
  return {
    name: "completion",
    summary: "print a script that lets a shell complete commands, options, kinds and slugs",
    arguments: [
      { name: "SHELL", choices: ["bash", "zsh", "fish"], help: "bash, zsh or fish" },
      { name: "WORD", many: true, optional: true, help: "what the script asks with, behind --: what is typed" },
    ],
    options: [],
    notes: [
      "The script asks this command whenever Tab is pressed, so that it knows what the installed version knows. Slugs and",
      "kinds come from the server that --server or TICKWIRE_SERVER names, where it answers within a second.",
      "",
      '  bash  eval "$(tickwire completion bash)" in ~/.bashrc',
      '  zsh   eval "$(tickwire completion zsh)" in ~/.zshrc, behind compinit',
      "  fish  tickwire completion fish > ~/.config/fish/completions/tickwire.fish",
    ],
    run: async (given) => (await import("./completion.js")).completion(given, all()),
  };
}
