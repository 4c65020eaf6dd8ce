import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { root } from "../repo/tree.js";
import { Cli, run, serve, temporaryFolder } from "./processes.js";

// README.md: its commands are run and its worker is compiled, as strictly as our own code, and run as it stands.

const readme = readFileSync(join(root, "README.md"), "utf8");

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);
}

describe("README.md", () => {
  let server: Awaited<ReturnType<typeof serve>>;
  before(async () => {
    server = await serve();
  });
  after(() => server[Symbol.asyncDispose]());

  it("has commands that work", async () => {
    await using worker = new Cli(["worker", "--server", server.address, "--kinds", "print,shell"]);
    await worker.until("stderr", /"msg":"connected"/);
    const lines = blocks("sh").flatMap((block) => block.split("\n").filter((line) => line.startsWith("npx tickwire ")));
    assert.equal(lines.length, 4);
    for (const line of lines) {
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "").slice(2);
      const { code, stderr } = await run(words, { env: { TICKWIRE_SERVER: server.address } });
      assert.equal(code, 0, `${line}\n${stderr}`);
    }
  });

  it("has scripts that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = blocks("sh").flatMap((block) =>
      [...block.matchAll(/^npm (?:run )?(\w+)/gm)].map(([, name = ""]) => name),
    );
    assert.deepEqual(named, ["start", "test", "cluster"]);
    for (const name of named) assert.ok(name in scripts);
  });

  it("has a worker that compiles, and runs under node as it stands", async () => {
    using folder = temporaryFolder();
    const [snippet = "", ...others] = blocks("ts");
    assert.deepEqual(others, []);
    const code = snippet.replaceAll("127.0.0.1:7070", server.address);
    symlinkSync(join(root, "node_modules"), join(folder.path, "node_modules"));
    const options = { incremental: false, noEmit: true, rootDir: ".", declaration: false };
    writeFileSync(
      join(folder.path, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions: options, include: ["*.mts"] }),
    );
    writeFileSync(join(folder.path, "greet.mts"), code);
    writeFileSync(join(folder.path, "greet.mjs"), code);
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder.path], {
      stdio: "inherit",
    });

    const child = spawn(process.execPath, ["greet.mjs"], { cwd: folder.path, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
      assert.match(line, /^attempt 1 of greet-ada@\S+: hello Ada\n/);
      child.kill("SIGTERM");
      assert.deepEqual(await once(child, "exit"), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
