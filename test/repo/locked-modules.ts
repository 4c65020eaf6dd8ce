import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { root } from "./tree.js";

/** Makes the `node_modules` that `npm ci --omit=dev` makes, from the packages that are installed here and the lockfile. */
export function copyLockedModules(folder: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean; link?: boolean; resolved?: string }>;
  };
  for (const [path, { dev, link, resolved = "" }] of Object.entries(packages)) {
    // What is for other platforms is not installed.
    if (!path.startsWith("node_modules/") || dev || !existsSync(join(root, path))) continue;
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (link) symlinkSync(relative(dirname(target), join(folder, resolved)), target);
    // The packages inside have entries of their own.
    else cpSync(join(root, path), target, { recursive: true, filter: (one) => basename(one) !== "node_modules" });
  }
}
