// Installs what package-lock.json names, where that is not what is there. Deciding that nothing is needed reads two small
// files; nothing here may import a package.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Told } from "./told.mjs";

/** Brings node_modules in line with package-lock.json, and tells it where that takes a while. Throws `Told` where npm fails. */
export function ensureInstalled(root, tell = console.log) {
  const lockText = readFileSync(join(root, "package-lock.json"));
  const stampFile = join(root, "node_modules/.tickwire-installed");
  // The platform is in it because some packages are binaries: a folder copied from another machine is no use.
  const stamp = createHash("sha256").update(`${process.platform} ${process.arch} `).update(lockText).digest("hex");
  if (readIfThere(stampFile) === stamp) return;

  const packages = wantedHere(JSON.parse(lockText.toString()).packages);
  if (!isInstalled(root, packages)) {
    tell(`tickwire: installing ${packages.length} packages from package-lock.json ...`);
    rmSync(stampFile, { force: true });
    npmCi(root);
  }
  writeFileSync(stampFile, stamp);
}

/** The lock's packages, links aside, that this platform gets. */
function wantedHere(packages) {
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  const fits = (list, own) => list === undefined || list.includes(own);
  const isForHere = (p) => fits(p.os, process.platform) && fits(p.cpu, process.arch) && fits(p.libc, libc);
  return Object.entries(packages).filter(
    ([path, p]) => path.startsWith("node_modules/") && !p.link && (!p.optional || isForHere(p)),
  );
}

/** Whether npm's own record, which it writes when an installation is complete, has all of `packages`. */
function isInstalled(root, packages) {
  const record = readIfThere(join(root, "node_modules/.package-lock.json"));
  if (record === undefined) return false;
  const present = JSON.parse(record).packages;
  return packages.every(
    ([path, { version, integrity }]) =>
      present[path]?.version === version && present[path]?.integrity === integrity && existsSync(join(root, path)),
  );
}

function npmCi(root) {
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  // Under `npm start` npm says where it is; else it is looked for on the path.
  const npm = process.env.npm_execpath;
  const [file, before] = npm && /\.c?js$/.test(npm) ? [process.execPath, [npm]] : ["npm", []];
  const shell = file === "npm" && process.platform === "win32";
  const { status, error, stdout, stderr } = spawnSync(file, [...before, ...args], {
    cwd: root,
    encoding: "utf8",
    shell,
  });
  if (error) throw new Told(`npm ci could not be started: ${error.message}`);
  if (status !== 0) throw new Told(`npm ci failed:\n${stdout}${stderr}`.trimEnd());
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}
