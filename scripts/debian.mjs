// Programs of Debian's packages, which tests talk to: installed where there are none, if we may. What a package would start by
// itself is neither used nor started.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { withLock } from "./file-lock.mjs";
import { onPath } from "./on-path.mjs";
import { Told } from "./told.mjs";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tickwire");
/** A package takes half a minute; a wait for another's installation is as long. */
const limitMs = 5 * 60_000;

/** What `find` finds, after installing the package where that is nothing. Throws `Told`, naming `what`, where it can't be had. */
export async function ensureDebian({ name, what, find }) {
  const found = find();
  if (found) return found;
  mkdirSync(cache, { recursive: true });
  // One for all packages: apt-get runs once at a time.
  return await withLock(join(cache, "debian.lock"), limitMs, () => find() ?? install({ name, what, find }));
}

async function install({ name, what, find }) {
  const apt = onPath("apt-get");
  if (!apt || process.getuid?.() !== 0) throw new Told(`no ${what}: neither installed, nor ours to install`);
  // In this runlevel nothing is started that is installed.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  // Not by spawnSync: the lock is touched meanwhile.
  const does = async (...args) =>
    await promisify(execFile)(apt, args, { env, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 }).catch(() => {});
  await does("update");
  await does("install", "--yes", "--no-install-recommends", name);
  const found = find();
  if (!found) throw new Told(`no ${what}, and apt-get could not install it`);
  return found;
}
