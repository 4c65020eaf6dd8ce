import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { ended, serverProcess } from "../client/server-process.js";
import { root } from "../repo/tree.js";
import { generatedDifferences, toolchain } from "./suite/languages.js";

// The Python client's own checks, as its tools make them; the tests that need a server get a real one.

const run = promisify(execFile);
const folder = join(root, "clients/python");
const sources = [".", "../../test/clients/runners/python", "../../examples/python"];

const found = await toolchain("python");
const python = "file" in found ? found.file : "";
const skip = "skip" in found && !process.env["CI"] ? found.skip : false;

/** One of the tools of its environment; what it says is the failure's message. */
async function tool(args: readonly string[], cwd = folder, env: NodeJS.ProcessEnv = {}): Promise<void> {
  if ("skip" in found) assert.fail(found.skip);
  try {
    await run(python, ["-m", ...args], { cwd, env: { ...process.env, ...env } });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    assert.fail(`${args.join(" ")}\n${stdout}${stderr}`);
  }
}

describe("the Python client", { skip }, () => {
  let server: Awaited<ReturnType<typeof serverProcess>>;
  before(async () => {
    server = await serverProcess();
  });
  after(async () => await server?.stop());

  it("is lint-free", () => tool(["ruff", "check", "--config", "pyproject.toml", ...sources]));

  it("is formatted", () => tool(["ruff", "format", "--check", "--config", "pyproject.toml", ...sources]));

  it("keeps its types, and so do its tests", () => tool(["mypy"]));

  it("keeps the types of the runner and the example", async () => {
    await tool(["mypy", "--strict", "."], join(root, "test/clients/runners/python"));
    await tool(["mypy", "--strict", "greetings.py"], join(root, "examples/python"));
  });

  it("passes its tests", () => tool(["pytest", "-q"], folder, { TICKWIRE_TEST_ADDRESS: server.address }));

  it("holds the code that the contract gives", async () => {
    assert.deepEqual(await generatedDifferences("clients/python/src/tickwire/v1"), []);
  });

  it("greets, as its example says", async () => {
    const file = join(root, "examples/python/greetings.py");
    const options = { env: { ...process.env, TICKWIRE_ADDRESS: server.address } };
    const watch = spawn(python, [file, "watch", "3"], { ...options, stdio: ["ignore", "pipe", "inherit"] });
    const work = spawn(python, [file, "work"], { ...options, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const watched = createInterface(watch.stdout)[Symbol.asyncIterator]();
      assert.equal((await watched.next()).value, "watching");
      const { stdout } = await run(python, [file, "schedule", "3"], options);
      assert.match(stdout, /^(scheduled \S+\n){3}$/);
      const lines: string[] = [];
      for (let next = await watched.next(); !next.done; next = await watched.next()) lines.push(next.value);
      const greeted = ["Ada", "Grace", "Linus"].map((name) => `succeeded Hello, ${name}, from Python`);
      assert.deepEqual(lines.sort(), greeted);
      work.kill("SIGTERM");
      const [code] = work.exitCode === null ? await once(work, "exit") : [work.exitCode];
      assert.equal(code, 0);
    } finally {
      await ended(watch, "SIGKILL");
      await ended(work, "SIGKILL");
    }
  });
});
