import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../repo/tree.js";
import { generatedDifferences, toolchain } from "./suite/languages.js";

// The Go client's own checks, as its tools make them.

const run = promisify(execFile);
const folder = join(root, "clients/go");
/** Modules of their own, which take the client from its folder. */
const others = ["test/clients/runners/go", "examples/go"].map((path) => join(root, path));

const found = await toolchain("go");
const skip = "skip" in found && !process.env["CI"] ? found.skip : false;

/** What it prints; where it fails, that is the failure's message. */
async function go(args: readonly string[], cwd = folder, file = "file" in found ? found.file : ""): Promise<string> {
  if ("skip" in found) assert.fail(found.skip);
  try {
    return (await run(file, args, { cwd, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    assert.fail(`${args.join(" ")}\n${stdout}${stderr}`);
  }
}

describe("the Go client", { skip }, () => {
  it("is formatted", async () => {
    const gofmt = join((await go(["env", "GOROOT"])).trim(), "bin/gofmt");
    assert.equal(await go(["-l", folder, ...others], folder, gofmt), "");
  });

  it("passes go vet, and so do the runner and the example", async () => {
    for (const module of [folder, ...others]) await go(["vet", "./..."], module);
  });

  it("passes staticcheck, and so do the runner and the example", async () => {
    await go(["tool", "staticcheck", "./..."]);
    const staticcheck = (await go(["tool", "-n", "staticcheck"])).trim();
    for (const module of others) await go(["./..."], module, staticcheck);
  });

  it("needs the modules that its go.mod names, and so do the runner and the example", async () => {
    for (const module of [folder, ...others]) assert.equal(await go(["mod", "tidy", "-diff"], module), "");
  });

  it("passes its tests, without a data race", async () => {
    await go(["test", "-race", "./..."]);
  });

  it("holds the code that the contract gives", async () => {
    assert.deepEqual(await generatedDifferences("clients/go/tickwire/v1"), []);
  });
});
