import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";

/** A pipe with a name: what a command writes there is a signal to the test, and the other way round. */
export class NamedPipe {
  readonly path: string;

  constructor(folder: string, name: string) {
    this.path = join(folder, name);
    execFileSync("mkfifo", [this.path]);
  }

  /** What its next writer writes until it closes it, trimmed. */
  async read(): Promise<string> {
    let text = "";
    for await (const chunk of createReadStream(this.path, "utf8")) text += chunk;
    return text.trim();
  }

  /** Waits for the reader that waits for this. */
  write(word: string): void {
    execFileSync("sh", ["-c", `echo ${word} > ${this.path}`]);
  }
}
