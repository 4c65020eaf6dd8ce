import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readCommandLine } from "../../src/cli/args.js";
import { COMMANDS } from "../../src/cli/commands.js";
import { readSettings, SETTINGS, type Setting, variableOf } from "../../src/config.js";
import { IMAGE, stopMsOf } from "./deployed.js";
import { root } from "./tree.js";

const FILES = ["docs/deploy.md", "deploy/kubernetes/README.md"];

for (const file of FILES) {
  const text = readFileSync(join(root, file), "utf8");
  /** The lines of its shell blocks, those that go on joined. */
  const lines = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replace(/ *\\\n */g, " ")
      .split("\n")
      .map((line) => line.trim()),
  );

  describe(file, () => {
    test("names variables that there are", () => {
      const known = new Set([
        ...Object.values<Setting<unknown>>(SETTINGS).map(variableOf),
        ...COMMANDS.flatMap(({ options }) => options.flatMap(({ env }) => env ?? [])),
      ]);
      const named = text.match(/TICKWIRE_[A-Z_]+/g) ?? [];
      assert.ok(named.length > 0);
      assert.deepEqual(
        named.filter((name) => !known.has(name)),
        [],
      );
    });

    test("has commands that are right, and files that there are", () => {
      const commands = lines.flatMap(
        (line) => / tickwire ((?:health|workers|job|run|kind)\b.*)$/.exec(line)?.[1] ?? [],
      );
      assert.ok(commands.length > 1);
      for (const command of commands)
        assert.equal(readCommandLine(COMMANDS, command.split(" "), {}).type, "run", command);
      for (const [path = ""] of text.matchAll(/\bdeploy\/[a-z/.-]+/g)) assert.ok(existsSync(join(root, path)), path);
      for (const [image] of text.matchAll(/tickwire:\d+\.\d+\.\d+/g)) assert.equal(image, IMAGE);
    });

    test("starts a server with settings that hold", () => {
      for (const line of lines.filter((one) => one.startsWith("docker run"))) {
        const env = [...line.matchAll(/--env ([A-Z_]+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]);
        const [, seconds] = /--stop-timeout (\d+)/.exec(line) ?? [];
        assert.ok(
          1_000 * Number(seconds) > stopMsOf(readSettings({}, Object.fromEntries(env) as Record<string, string>)),
        );
      }
    });
  });
}
