// Which PostgreSQL the tests talk to: the one that is named, or the programs of one that is installed. Where there is none,
// Debian's package is installed if we may; its own cluster is neither used nor started.
//
// The choice is made in a process of its own, `node scripts/run.mjs postgres`, which prints it as one line of JSON: so tests
// wait for an installation by waiting for a process, and several of them share one.
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { withLock } from "./file-lock.mjs";
import { onPath } from "./on-path.mjs";
import { Told } from "./told.mjs";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tickwire");
/** Debian's package takes half a minute; a wait for another's installation is as long. */
const limitMs = 5 * 60_000;
const debian = "/usr/lib/postgresql";

/** Prints one of `{kind: "given", uri}`, `{kind: "local", bin}` and `{skip: why}`. With "own", never a given one. */
export async function run(_root, words) {
  console.log(JSON.stringify(await choose(words.includes("own"))));
}

async function choose(own) {
  const uri = process.env.TICKWIRE_TEST_POSTGRES_URI;
  if (uri && !own) return { kind: "given", uri };
  try {
    return { kind: "local", bin: programs() ?? (await installed()) };
  } catch (error) {
    if (!error.told) throw error;
    return { skip: error.message };
  }
}

/** The folder of `postgres` and `initdb`: on the path, else Debian's newest, which is on no path. */
function programs() {
  const found = onPath("postgres");
  if (found && has(dirname(found))) return dirname(found);
  return debianVersions()
    .map((version) => join(debian, version, "bin"))
    .find(has);
}

function debianVersions() {
  try {
    return readdirSync(debian).sort((one, other) => Number(other) - Number(one));
  } catch {
    return [];
  }
}

function has(bin) {
  try {
    for (const name of ["postgres", "initdb"]) accessSync(join(bin, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function installed() {
  mkdirSync(cache, { recursive: true });
  return await withLock(join(cache, "postgres.lock"), limitMs, () => programs() ?? install());
}

function install() {
  const apt = onPath("apt-get");
  if (!apt || process.getuid?.() !== 0)
    throw new Told("no PostgreSQL: neither named, nor installed, nor ours to install");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const does = (...args) => spawnSync(apt, args, { stdio: "ignore", env, timeout: limitMs }).status === 0;
  does("update");
  does("install", "--yes", "--no-install-recommends", "postgresql");
  const bin = programs();
  if (!bin) throw new Told("no PostgreSQL, and apt-get could not install it");
  return bin;
}
