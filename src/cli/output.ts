import type { JsonValue } from "@bufbuild/protobuf";

/** Writes to stdout, and waits until it is taken: a command's process exits when the command is done. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

export async function printLines(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await print(`${lines.join("\n")}\n`);
}

/** A call's whole answer, as one document. */
export function printJson(value: JsonValue): Promise<void> {
  return print(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Beside the answer: on stderr, so that stdout holds the answer alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The terminal's width; undefined where none reads the output: nothing is cut then. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
