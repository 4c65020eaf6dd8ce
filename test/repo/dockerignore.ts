import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./tree.js";

const rules = readFileSync(join(root, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => ({ lets: line.startsWith("!"), path: line.replace("!", "") }));

/** A path of the repository is there for a build: the last rule that names it, or a folder that it is in, lets it. */
export function isSent(path: string): boolean {
  const rule = rules.findLast((one) => one.path === "*" || path === one.path || path.startsWith(`${one.path}/`));
  return rule === undefined || rule.lets;
}
