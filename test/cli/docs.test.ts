import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { COMMANDS } from "../../src/cli/commands.js";
import { helpOn } from "../../src/cli/help.js";
import { KINDS } from "../../src/cli/kinds/kinds.js";
import { root } from "../repo/tree.js";
import { commandDoc } from "./command-docs.js";

const FILE = join(root, "docs/cli.md");
const HEADING = "## Commands\n\n";

describe("docs/cli.md", () => {
  it("has each command, with each of its options as the command has them", () => {
    const text = readFileSync(FILE, "utf8");
    const at = text.indexOf(HEADING) + HEADING.length;
    const expected = COMMANDS.map(commandDoc).join("\n");
    // After a change of a command: TICKWIRE_WRITE_DOCS=1 node --test dist/test/cli/docs.test.js
    const { TICKWIRE_WRITE_DOCS: isToWrite } = process.env;
    if (isToWrite === "1") writeFileSync(FILE, text.slice(0, at) + expected);
    else assert.equal(text.slice(at), expected);
  });

  it("names each built-in kind", () => {
    const text = readFileSync(FILE, "utf8");
    for (const { name } of KINDS) assert.match(text, new RegExp(`^\\| \`${name}\` \\|`, "m"));
  });
});

describe("the command table", () => {
  it("has help for every command, in lines that fit", () => {
    for (const command of COMMANDS) {
      const text = helpOn([command], COMMANDS);
      for (const { name } of command.options)
        assert.match(text, new RegExp(`^ {2}--${name}\\b`, "m"), `${command.name} --${name}`);
      for (const line of text.split("\n")) assert.ok(line.length <= 120, line);
    }
  });

  it("names no option twice in a command", () => {
    for (const { name, options } of COMMANDS) {
      const names = options.map((option) => option.name);
      assert.equal(new Set(names).size, names.length, name);
    }
  });
});

describe("links", () => {
  it("of the documents lead somewhere", () => {
    const docs = readdirSync(join(root, "docs")).map((name) => `docs/${name}`);
    const files = ["README.md", "CONTRIBUTING.md", "deploy/kubernetes/README.md", ...docs];
    for (const file of files.filter((name) => name.endsWith(".md"))) {
      const text = readFileSync(join(root, file), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        assert.ok(existsSync(join(root, dirname(file), target)), `${file}: ${target}`);
      }
    }
  });
});
