import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plantTree, root, runNode, write } from "./tree.js";

const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      "": { name: "x" },
      "clients/ts": { name: "@x/client" },
      "node_modules/@x/client": { resolved: "clients/ts", link: true },
      "node_modules/typescript": { version, integrity: `sha512-${version}` },
      "node_modules/other-platform": { version: "1.0.0", optional: true, os: ["none"] },
    },
  });

/** Installs what the lock names: a compiler, and npm's own record. Fails where the lock says so. */
const fakeNpm = `
const { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
if (process.argv[2] !== "ci") throw new Error("npm ci is wanted");
if (lock.packages["node_modules/typescript"].version === "404") {
  console.error("npm error 404 no such version");
  process.exit(1);
}
rmSync("node_modules", { recursive: true, force: true });
mkdirSync("node_modules/typescript/bin", { recursive: true });
writeFileSync("node_modules/typescript/package.json", '{"type":"commonjs"}');
cpSync("tsc.cjs", "node_modules/typescript/bin/tsc");
writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: { "node_modules/typescript": lock.packages["node_modules/typescript"] } }));
`;

/** Copies sources to outputs; refuses what holds "refuse", and dies with its parent where one holds "interrupt". */
const fakeTsc = `
const { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } = require("node:fs");
if (existsSync("dist/.built")) throw new Error("a stamp stands while the compiler runs");
mkdirSync("dist/src", { recursive: true });
writeFileSync("dist/arguments", process.argv.slice(2).join(" "));
for (const name of readdirSync("src")) {
  const text = readFileSync("src/" + name, "utf8");
  if (text.includes("interrupt")) {
    process.kill(process.ppid, "SIGKILL");
    process.exit(1);
  }
  if (text.includes("refuse")) {
    console.log("src/" + name + "(1,1): error TS1: refused");
    process.exit(2);
  }
  writeFileSync("dist/src/" + name.replace(".ts", ".js"), text);
}
`;

const program = 'console.log("ran", process.argv[1]?.endsWith("main.js"), ...process.argv.slice(2));\n';

function freshClone(): Disposable & {
  readonly path: string;
  start(...args: string[]): { code: number | null; out: string };
  build(): { code: number | null; out: string };
} {
  const tree = plantTree({
    "package.json": JSON.stringify({ type: "module", engines: { node: ">=20.19" } }),
    "package-lock.json": lock("1.0.0"),
    "tsconfig.json": "{}",
    "tsconfig.base.json": "{}",
    "clients/ts/tsconfig.json": "{}",
    "npm.cjs": fakeNpm,
    "tsc.cjs": fakeTsc,
    "src/main.ts": program,
  });
  cpSync(join(root, "scripts"), join(tree.path, "scripts"), { recursive: true });
  const env = { ...process.env, npm_execpath: join(tree.path, "npm.cjs") };
  const run = (...args: string[]): { code: number | null; out: string } => {
    const { code, stdout, stderr } = runNode(["scripts/run.mjs", ...args], { cwd: tree.path, env });
    return { code, out: stdout + stderr };
  };
  return {
    path: tree.path,
    start: (...args) => run("start", ...args),
    build: () => run("build"),
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

const installing = "tickwire: installing 1 packages from package-lock.json ...\n";
const building = "tickwire: building ...\n";
const ran = "ran true dev\n";

test("a fresh clone is installed, built and run; the second start only runs", () => {
  using clone = freshClone();
  assert.deepEqual(clone.start("--store", "memory:"), {
    code: 0,
    out: `${installing}${building}ran true dev --store memory:\n`,
  });
  assert.deepEqual(clone.start(), { code: 0, out: ran });
});

test("a changed lockfile installs again, and a package that is gone does", () => {
  using clone = freshClone();
  clone.start();
  write(clone.path, "package-lock.json", lock("1.0.1"));
  assert.equal(clone.start().out, installing + building + ran);
  rmSync(join(clone.path, "node_modules"), { recursive: true });
  assert.equal(clone.start().out, installing + ran);
});

test("what npm has installed itself is not installed again", () => {
  using clone = freshClone();
  clone.start();
  rmSync(join(clone.path, "node_modules/.tickwire-installed"));
  assert.equal(clone.start().out, ran);
});

test("a changed, touched, added or removed source builds again, and an output that is gone does", () => {
  using clone = freshClone();
  clone.start();
  write(clone.path, "src/main.ts", `${program}\n`);
  assert.equal(clone.start().out, building + ran);
  utimesSync(join(clone.path, "src/main.ts"), 1, 1);
  assert.equal(clone.start().out, building + ran);
  write(clone.path, "src/more.ts", "");
  assert.equal(clone.start().out, building + ran);
  rmSync(join(clone.path, "src/more.ts"));
  assert.equal(clone.start().out, building + ran);
  rmSync(join(clone.path, "dist/src/main.js"));
  assert.equal(clone.start().out, building + ran);
  assert.equal(clone.start().out, ran);
});

test("a failed installation says why, exits 1 and is tried again", () => {
  using clone = freshClone();
  write(clone.path, "package-lock.json", lock("404"));
  const failed = { code: 1, out: `${installing}tickwire: npm ci failed:\nnpm error 404 no such version\n` };
  assert.deepEqual(clone.start(), failed);
  assert.deepEqual(clone.start(), failed);
  write(clone.path, "package-lock.json", lock("1.0.0"));
  assert.equal(clone.start().out, installing + building + ran);
});

test("a failed build says why, exits 1, runs nothing, and is tried again", () => {
  using clone = freshClone();
  clone.start();
  write(clone.path, "src/more.ts", "refuse");
  const failed = { code: 1, out: `${building}tickwire: the build failed:\nsrc/more.ts(1,1): error TS1: refused\n` };
  assert.deepEqual(clone.start(), failed);
  assert.deepEqual(clone.start(), failed);
  rmSync(join(clone.path, "src/more.ts"));
  assert.equal(clone.start().out, building + ran);
});

test("a build that was killed is not taken for a complete one", () => {
  using clone = freshClone();
  clone.start();
  const before = readFileSync(join(clone.path, "src/main.ts"), "utf8");
  write(clone.path, "src/more.ts", "interrupt");
  assert.deepEqual(clone.start(), { code: null, out: building });
  // The tree is again, to the byte and the millisecond, what the last complete build saw.
  rmSync(join(clone.path, "src/more.ts"));
  assert.equal(readFileSync(join(clone.path, "src/main.ts"), "utf8"), before);
  assert.equal(clone.start().out, building + ran);
  assert.equal(readFileSync(join(clone.path, "dist/arguments"), "utf8"), "-b --force");
  utimesSync(join(clone.path, "src/main.ts"), 1, 1);
  assert.equal(clone.start().out, building + ran);
  assert.equal(readFileSync(join(clone.path, "dist/arguments"), "utf8"), "-b");
});

const noShell = process.platform === "win32";

test("the program ends when the shell that npm started it by was killed", {
  skip: noShell,
  timeout: 15_000,
}, async (t) => {
  using clone = freshClone();
  write(
    clone.path,
    "src/main.ts",
    `const stay = setInterval(() => {}, 1000);
     process.on("SIGTERM", () => { clearInterval(stay); console.log("drained"); });
     console.log("ready", process.pid);`,
  );
  assert.equal(clone.build().code, 0);
  const shell = spawn("sh", ["-c", `"${process.execPath}" scripts/run.mjs start; exit 0`], {
    cwd: clone.path,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  t.after(() => endProcess(Number(/\d+/.exec(out)?.[0])));
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (out.endsWith("\n")) shell.kill("SIGTERM");
  });
  // The program holds the other end of the pipe: it closes when the program has ended.
  await once(shell.stdout, "close", { signal: t.signal });
  assert.match(out, /^ready \d+\ndrained\n$/);
});

function endProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, as it should.
  }
}

test("a Node that is too old is told what to do in one line", () => {
  using clone = freshClone();
  write(clone.path, "package.json", JSON.stringify({ type: "module", engines: { node: ">=99.1" } }));
  assert.deepEqual(clone.start(), {
    code: 1,
    out: `tickwire: this is Node ${process.versions.node}; install Node 99.1 or newer from https://nodejs.org, then run the command again.\n`,
  });
});
