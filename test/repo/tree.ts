import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, from dist/test/repo/. */
export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A folder of its own with these files, removed when disposed of. */
export function plantTree(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tickwire-tree-"));
  for (const [name, text] of Object.entries(files)) write(path, name, text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes `text` to `name` under `folder`, making the folders on the way. */
export function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Runs node with `args`; exit code and everything it printed. */
export function runNode(
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: 30_000,
    ...options,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}
