// Which go the Go client is built and tested with, and its generated code.
//
// Modules come by the go command itself, in the versions and with the hashes of clients/go's go.mod and go.sum.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBuf } from "./buf.mjs";
import { onPath } from "./on-path.mjs";
import { Told } from "./told.mjs";

const module = "github.com/tickwire/tickwire/clients/go";

/**
 * Prints one line of JSON: `{file}` or `{skip: why}`. With "ahead" the tools and tests are compiled then, so that whoever needs
 * them finds them in Go's cache: with an empty one that takes two cores two minutes.
 */
export function run(root, words) {
  const found = findGo(root);
  console.log(JSON.stringify(found));
  if (!found.file || !words.includes("ahead")) return;
  const cwd = join(root, "clients/go");
  for (const args of [
    ["build", "tool"],
    ["vet", "./..."],
    ["test", "-race", "-run", "^$", "./..."],
  ]) {
    spawnSync(found.file, args, { cwd, stdio: "ignore" });
  }
}

/** `{file}`, a go that can build clients/go, or `{skip}`: why there is none. */
export function findGo(root) {
  const wanted = "install Go, of the version in clients/go/go.mod or newer, from https://go.dev/dl";
  const file = onPath("go");
  if (!file) return { skip: `there is no go on the path: ${wanted}` };
  // In the module's folder it refuses, or fetches another one, where it is too old.
  const told = spawnSync(file, ["env", "GOVERSION"], { cwd: join(root, "clients/go"), encoding: "utf8" });
  if (told.status !== 0) return { skip: `${(told.stderr || "go does not run").trim()}: ${wanted}` };
  return { file };
}

/** Writes the files that belong into clients/go/tickwire/v1 into the folder `into`. Throws `Told` where it can't. */
export function generateGo(root, into) {
  const { file, skip } = findGo(root);
  if (skip) throw new Told(skip);
  const folder = mkdtempSync(join(tmpdir(), "tickwire-gen-go-"));
  try {
    const template = join(folder, "buf.gen.yaml");
    writeFileSync(template, JSON.stringify({ version: "v2", plugins: plugins(file, join(root, "clients/go")) }));
    runBuf(root, "generate", "--template", template, "--path", "proto/tickwire", "-o", into);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Those that go.mod names as tools. */
function plugins(go, folder) {
  return ["protoc-gen-go", "protoc-gen-go-grpc"].map((name) => ({
    local: [go, "-C", folder, "tool", name],
    out: ".",
    opt: [`module=${module}/tickwire/v1`],
  }));
}
