// Which PostgreSQL the tests talk to: the one that is named, or the programs of one that is installed. Where there is none,
// Debian's package is installed if we may.
//
// The choice is made in a process of its own, `node scripts/run.mjs postgres`, which prints it as one line of JSON: so tests
// wait for an installation by waiting for a process, and several of them share one.
import { accessSync, constants, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureDebian } from "./debian.mjs";
import { onPath } from "./on-path.mjs";

const debian = "/usr/lib/postgresql";

/** Prints one of `{kind: "given", uri}`, `{kind: "local", bin}` and `{skip: why}`. With "own", never a given one. */
export async function run(_root, words) {
  console.log(JSON.stringify(await choose(words.includes("own"))));
}

async function choose(own) {
  const uri = process.env.TICKWIRE_TEST_POSTGRES_URI;
  if (uri && !own) return { kind: "given", uri };
  try {
    return { kind: "local", bin: await ensureDebian({ name: "postgresql", what: "PostgreSQL", find: programs }) };
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
