import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { plantTree, root } from "./tree.js";

const windows = process.platform === "win32" && "the fake programs are shell scripts";

/** Builds what it is told to, a moment after it has said so in `built`; fails where it finds `refuse`. */
const fakeCargo = `
while [ "$1" != --root ]; do shift; done
echo "in $CARGO_TARGET_DIR" >> "$HOME/built"
mkdir -p "$2/bin" "$CARGO_TARGET_DIR"
test -e "$HOME/refuse" && exit 1
while test -e "$HOME/wait"; do sleep 0.05; done
echo server > "$2/bin/partial"
mv "$2/bin/partial" "$2/bin/secantusd-rs"`;

interface Chosen {
  readonly kind?: string;
  readonly skip?: string;
  readonly file?: string;
  readonly uri?: string;
  readonly engine?: string;
  readonly image?: string;
}

/** A home and a path of its own with these programs, and how to ask there which MongoDB the tests talk to. */
function machine(programs: Readonly<Record<string, string>>) {
  const tree = plantTree({ "bin/none": "" });
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(tree.path, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tree.path, "bin", name), 0o755);
  }
  // The tools of a shell script only: no compiler, no package manager, no container engine of this machine's.
  for (const name of ["mkdir", "mv", "sleep"]) {
    writeFileSync(join(tree.path, "bin", name), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`);
    chmodSync(join(tree.path, "bin", name), 0o755);
  }
  const { TICKWIRE_TEST_MONGODB_URI: _, TICKWIRE_TEST_MONGODB_STAND_IN: __, ...inherited } = process.env;
  const own = { HOME: tree.path, XDG_CACHE_HOME: join(tree.path, "cache"), PATH: join(tree.path, "bin") };
  const start = (words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, [join(root, "scripts/run.mjs"), "mongo", ...words], {
      env: { ...inherited, ...own, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const built = join(tree.path, "built");
  return {
    path: tree.path,
    /** How often a build or an installation was begun. */
    built: () => (existsSync(built) ? readFileSync(built, "utf8").split("\n").length - 1 : 0),
    start,
    choose: async (...how: Parameters<typeof start>): Promise<Chosen> => {
      const child = start(...how);
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      await once(child, "close");
      return JSON.parse(out) as Chosen;
    },
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

test("a given MongoDB, one that is installed and a container come before the stand-in", { skip: windows }, async () => {
  using here = machine({ mongod: "exit 0", docker: "exit 0", cargo: fakeCargo });
  const given = { TICKWIRE_TEST_MONGODB_URI: "mongodb://h/" };
  const mongod = { kind: "mongod", file: join(here.path, "bin/mongod") };
  assert.deepEqual(await here.choose([], given), { kind: "given", uri: "mongodb://h/" });
  assert.deepEqual(await here.choose(["own"], given), mongod);
  assert.deepEqual(await here.choose(), mongod);
  using other = machine({ docker: "exit 0", cargo: fakeCargo });
  assert.deepEqual(await other.choose(), {
    kind: "container",
    engine: join(other.path, "bin/docker"),
    image: "mongo:7",
  });
  assert.equal(here.built() + other.built(), 0);
});

test("a client without its daemon is no container engine, and the stand-in is built once", {
  skip: windows,
}, async () => {
  using here = machine({ docker: "exit 1", cargo: fakeCargo });
  const file = join(here.path, "cache/tickwire/secantus-mdb-0.5.3-beta.196/bin/secantusd-rs");
  assert.deepEqual(await here.choose(), { kind: "stand-in", file });
  assert.deepEqual(await here.choose(), { kind: "stand-in", file });
  assert.equal(here.built(), 1);
  assert.ok(!existsSync(`${dirname(dirname(file))}.building`));
});

test("two that need it at once build it once", { skip: windows, timeout: 60_000 }, async () => {
  using here = machine({ cargo: fakeCargo });
  writeFileSync(join(here.path, "wait"), "");
  const both = [here.choose(), here.choose()];
  while (here.built() === 0) await turn();
  rmSync(join(here.path, "wait"));
  const [one, two] = await Promise.all(both);
  assert.equal(one?.kind, "stand-in");
  assert.deepEqual(one, two);
  assert.equal(here.built(), 1);
});

test("a lock and a folder that a killed build left behind are no obstacle", { skip: windows }, async () => {
  using here = machine({ cargo: fakeCargo });
  const cache = join(here.path, "cache/tickwire");
  mkdirSync(join(cache, "secantus-mdb-0.5.3-beta.196"), { recursive: true });
  writeFileSync(join(cache, "stand-in.lock"), "");
  utimesSync(join(cache, "stand-in.lock"), new Date(), new Date(Date.now() - 61_000));
  assert.equal((await here.choose()).kind, "stand-in");
  assert.ok(!existsSync(join(cache, "stand-in.lock")));
});

test("a build that a signal ends leaves no lock behind", { skip: windows, timeout: 60_000 }, async () => {
  using here = machine({ cargo: fakeCargo });
  writeFileSync(join(here.path, "wait"), "");
  const child = here.start();
  const ended = once(child, "exit");
  while (here.built() === 0) await turn();
  child.kill("SIGTERM");
  assert.deepEqual(await ended, [null, "SIGTERM"]);
  assert.ok(!existsSync(join(here.path, "cache/tickwire/stand-in.lock")));
  rmSync(join(here.path, "wait"));
});

test("where nothing can be had, it says why, and what the runner was told is not tried again", {
  skip: windows,
}, async () => {
  using here = machine({ cargo: fakeCargo });
  writeFileSync(join(here.path, "refuse"), "");
  const log = join(here.path, "cache/tickwire/stand-in.log");
  const none = { skip: `no MongoDB, and its stand-in could not be installed: see ${log}` };
  assert.deepEqual(await here.choose(), none);
  assert.match(readFileSync(log, "utf8"), /cargo install secantus-mdb .*\nfailed: exit code 1\n/);
  assert.deepEqual(await here.choose([], { TICKWIRE_TEST_MONGODB_STAND_IN: JSON.stringify(none) }), none);
  assert.equal(here.built(), 1);
});

test("without cargo the Python edition is installed, and one that was not completed is begun anew", {
  skip: windows,
}, async () => {
  const python = `
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; { read -r line < "$0"; echo "$line"; echo 'echo pip >> "$HOME/built"; test ! -e "$HOME/refuse"'; } > "$3/bin/python"; PATH=/usr/bin:/bin chmod 755 "$3/bin/python";;
esac`;
  using here = machine({ python3: python });
  writeFileSync(join(here.path, "refuse"), "");
  assert.match((await here.choose()).skip ?? "", /could not be installed/);
  rmSync(join(here.path, "refuse"));
  const file = join(here.path, "cache/tickwire/secantusdb-0.7.0b3/bin/secantusd-py");
  assert.deepEqual(await here.choose(), { kind: "stand-in", file });
  assert.deepEqual(await here.choose(), { kind: "stand-in", file });
  assert.equal(here.built(), 2);
});
