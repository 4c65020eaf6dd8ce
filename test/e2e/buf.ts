import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../repo/tree.js";

/** The program itself: its package's own way in is a Node that starts it as a child, which costs each call a Node. */
const PROGRAM = programOf(join(root, "node_modules/@bufbuild"));

function programOf(folder: string): string {
  const platform = readdirSync(folder).find((name) => name.startsWith("buf-"));
  if (platform === undefined) throw new Error("@bufbuild/buf has no program for this machine");
  return join(folder, platform, "bin/buf");
}

/** Runs buf to its end; `onText` hears both outputs, and may end it. */
export async function runBuf(
  words: readonly string[],
  onText: (text: string, kill: () => void) => void = () => {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(PROGRAM, words, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      onText(text, () => child.kill("SIGKILL"));
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { code, ...output };
}
