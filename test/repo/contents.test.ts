import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./tree.js";

const skipped = new Set(["node_modules", "dist", ".git"]);

/** What git tracks; from an unpacked archive, every file but what is installed or built. */
function ownFiles(): string[] {
  if (existsSync(join(root, ".git"))) {
    const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
    return listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
  }
  return under("");
}

function under(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => !skipped.has(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? under(path) : [path];
    });
}

function linesThatMatch(pattern: RegExp): string[] {
  return ownFiles().flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ at, line }) => `${at}: ${line.trim().slice(0, 120)}`),
  );
}

const lockfiles = [
  { path: "package-lock.json", least: 50 },
  { path: "bench/peers/package-lock.json", least: 20 },
  { path: "test/postgres/versions/package-lock.json", least: 4 },
];
for (const { path: file, least } of lockfiles) {
  test(`${file} names packages by version and hash, never by the registry they came from`, () => {
    const lock = JSON.parse(readFileSync(join(root, file), "utf8")) as {
      packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
    };
    const installed = Object.entries(lock.packages).filter(([path]) => path.startsWith("node_modules/"));
    assert.ok(installed.length > least);
    for (const [path, { resolved, integrity, link }] of installed) {
      if (link) continue;
      assert.equal(resolved, undefined, path);
      assert.match(integrity ?? "", /^sha512-/, path);
    }
  });
}

test("no file names a package registry", () => {
  assert.deepEqual(linesThatMatch(/\bregistry\.[a-z0-9-]+\.[a-z]|\bnpmjs\.org\b/), []);
});

test("no file names a path of somebody's machine", () => {
  assert.deepEqual(linesThatMatch(/(^|[\s"'`(=:,])\/(work|root|home|Users|tmp\/bash_jobs)\/[A-Za-z]/), []);
});

test("every package needs the Node that the root needs, and has its licence", () => {
  const packages = [
    "package.json",
    "clients/ts/package.json",
    "bench/peers/package.json",
    "test/postgres/versions/package.json",
  ].map((path) => JSON.parse(readFileSync(join(root, path), "utf8")) as { engines: { node: string }; license: string });
  for (const { engines, license } of packages) {
    assert.equal(engines.node, packages[0]?.engines.node);
    assert.equal(license, "MIT");
  }
});
