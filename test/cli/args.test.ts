import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCommandLine } from "../../src/cli/args.js";
import type { Command } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commands.js";
import { CommandError, EXIT } from "../../src/cli/exit.js";
import type { Given } from "../../src/cli/given.js";
import { helpOn } from "../../src/cli/help.js";

const run = async (): Promise<number> => 0;
const commands: readonly Command[] = [
  {
    name: "serve",
    summary: "serve",
    options: [
      { name: "grpc", value: "HOST:PORT", env: "T_GRPC", default: "here", help: "where" },
      { name: "quiet", help: "less" },
      { name: "label", value: "KEY=VALUE", many: true, help: "a pair" },
    ],
    run,
  },
  {
    name: "job get",
    summary: "get",
    arguments: [
      { name: "SLUG", help: "which job" },
      { name: "MORE", optional: true, many: true, help: "others" },
    ],
    options: [],
    run,
  },
  { name: "job list", summary: "list", options: [], run },
];

function given(argv: string[], env: Record<string, string> = {}): Given {
  const asked = readCommandLine(commands, argv, env);
  assert.ok(asked.type === "run");
  return asked.given;
}

function refusal(...argv: string[]): string {
  try {
    readCommandLine(commands, argv, {});
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, EXIT.usage);
    return error.message;
  }
  assert.fail("it was taken");
}

describe("options", () => {
  test("come as --name value, --name=value, from the environment, or by default", () => {
    assert.equal(given(["serve", "--grpc", "a"]).text("grpc"), "a");
    assert.equal(given(["serve", "--grpc=a=b"]).text("grpc"), "a=b");
    assert.equal(given(["serve"], { T_GRPC: "e" }).text("grpc"), "e");
    assert.equal(given(["serve"], { T_GRPC: "" }).text("grpc"), "here");
    assert.deepEqual(given(["serve"], { T_GRPC: "e" }).flags, {});
    assert.deepEqual(given(["serve", "--grpc", "a", "--quiet"]).flags, { grpc: "a", quiet: "true" });
  });

  test("flags are there or not", () => {
    assert.equal(given(["serve", "--quiet"]).has("quiet"), true);
    assert.equal(given(["serve"]).has("quiet"), false);
    assert.equal(given(["serve", "--quiet=false"]).has("quiet"), false);
  });

  test("that may be repeated keep their order", () => {
    assert.deepEqual(given(["serve", "--label", "a=1", "--label=b=2"]).all("label"), ["a=1", "b=2"]);
    assert.deepEqual(given(["serve"]).all("label"), []);
  });

  test("that are not known are refused, with what was meant", () => {
    assert.match(refusal("serve", "--gprc", "a"), /there is no option --gprc; did you mean --grpc\?/);
    assert.match(refusal("serve", "--zzz"), /^there is no option --zzz; tickwire serve --help/);
    assert.match(refusal("serve", "-x"), /there is no option -x/);
  });

  test("without their value, or given twice, are refused", () => {
    assert.match(refusal("serve", "--grpc"), /--grpc needs a value: --grpc HOST:PORT/);
    assert.match(refusal("serve", "--grpc", "a", "--grpc", "b"), /--grpc is given twice/);
  });
});

describe("arguments", () => {
  test("are named, and behind -- anything is one", () => {
    const one = given(["job", "get", "a", "--", "--b", "-h"]);
    assert.equal(one.argument("SLUG"), "a");
    assert.deepEqual(one.allArguments("MORE"), ["--b", "-h"]);
  });

  test("that are missing or too many are refused", () => {
    assert.match(refusal("job", "get"), /SLUG is missing: which job; tickwire job get --help/);
    assert.match(refusal("job", "list", "x"), /"x" is one word too many/);
  });
});

describe("commands", () => {
  test("that are not known are refused, with what was meant", () => {
    assert.match(refusal("srve"), /there is no command "srve"; did you mean serve\?/);
    assert.match(refusal("job", "lst"), /there is no command "job lst"; did you mean job list\?/);
    assert.match(refusal("jbo"), /did you mean job\?/);
    assert.doesNotMatch(refusal("frobnicate"), /mean/);
  });

  const names = (argv: string[]): readonly string[] | string => {
    const asked = readCommandLine(commands, argv, {});
    return asked.type === "help" ? asked.commands.map(({ name }) => name) : asked.type;
  };
  test("show help on all, on those that begin with a word, or on one", () => {
    const all = ["serve", "job get", "job list"];
    for (const argv of [[], ["--help"], ["-h"], ["help"]]) assert.deepEqual(names(argv), all);
    for (const argv of [["job"], ["job", "--help"], ["help", "job"]]) assert.deepEqual(names(argv), all.slice(1));
    for (const argv of [
      ["job", "list", "--help"],
      ["help", "job", "list"],
      ["job", "list", "x", "-h"],
    ]) {
      assert.deepEqual(names(argv), ["job list"]);
    }
    for (const argv of [["--version"], ["version"], ["-V"]]) assert.equal(names(argv), "version");
  });
});

test("help names every command, option, variable and default, in lines of at most 100 letters, examples aside", () => {
  const list = helpOn(COMMANDS, COMMANDS);
  for (const command of COMMANDS) {
    assert.ok(list.includes(command.name));
    const text = helpOn([command], COMMANDS);
    assert.ok(text.includes(command.summary));
    for (const { name, env, value, default: fallback } of command.options) {
      assert.ok(text.includes(`--${name}`));
      if (env !== undefined) assert.ok(text.includes(env), env);
      if (value !== undefined && fallback !== undefined)
        assert.ok(text.replaceAll(/\s+/g, " ").includes(fallback), fallback);
    }
    for (const line of `${list}\n${text}`.split("\n"))
      assert.ok(line.length <= 100 || command.notes?.includes(line), line);
  }
});
