import type { Argument, Command, Option } from "../command.js";
import { KINDS } from "../kinds/kinds.js";
import type { Completion } from "./complete.js";

/** What an option's value or an argument may be. `prefix` is what is typed before the value, in the same word. */
export function valuesOf(command: Command, taken: Option | Argument, typed: string, prefix: string): Completion {
  const placeholder = "value" in taken ? (taken.value ?? "") : taken.name;
  const words = (all: readonly string[]): Completion => ({ candidates: all.map((word) => ({ word: prefix + word })) });
  if ("choices" in taken && taken.choices) return words(taken.choices);
  if (/^[a-z]+(\|[a-z]+)+$/.test(placeholder)) return words(placeholder.split("|"));
  switch (placeholder) {
    case "KIND[,...]":
      return words(
        listed(
          KINDS.map(({ name }) => name),
          typed,
        ),
      );
    case "ZONE":
      return words(["UTC", ...Intl.supportedValuesOf("timeZone")]);
    case "URL":
      return words(["sqlite:", "mongodb://", "mongodb+srv://", "postgres://", "memory:"]);
    case "FILE":
      return { candidates: [], files: true };
    case "SLUG":
      // That of a new job is nobody's yet.
      return command.name === "job schedule" ? words([]) : names("slugs");
    case "KIND":
      return names("kinds");
    case "NAME":
      return command.name.startsWith("kind ") ? names("kinds") : words([]);
    default:
      return words([]);
  }

  function names(of: "slugs" | "kinds"): Completion {
    return { candidates: [], names: { of, typed, prefix } };
  }
}

/** Behind the last comma, each that is not there yet. */
function listed(all: readonly string[], typed: string): string[] {
  const there = typed.split(",").slice(0, -1);
  const before = there.map((one) => `${one},`).join("");
  return all.filter((one) => !there.includes(one)).map((one) => before + one);
}
