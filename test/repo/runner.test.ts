import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plantTree, root, runNode, write } from "./tree.js";

const passing = 'import { test } from "node:test";\ntest("passes", () => {});\n';

/** A tree whose tests are these, "built" by copying them; `stale` are outputs without a source. */
function plantTests(sources: Readonly<Record<string, string>>, stale: Readonly<Record<string, string>> = {}) {
  const tree = plantTree({
    "package.json": '{"type":"module"}',
    "driver.mjs": `import { runTests } from "./scripts/tests.mjs";
      const untilMongo = async () => console.log("ok        0.0 s  MongoDB");
      await runTests(import.meta.dirname, { words: process.argv.slice(2), untilMongo }).catch((error) => {
        console.log(error.told ? error.message : error);
        process.exitCode = 1;
      });`,
  });
  cpSync(join(root, "scripts"), join(tree.path, "scripts"), { recursive: true });
  for (const [name, text] of Object.entries(sources)) {
    write(tree.path, `test/${name}.ts`, text);
    write(tree.path, `dist/test/${name}.js`, text);
  }
  for (const [name, text] of Object.entries(stale)) write(tree.path, `dist/test/${name}.js`, text);
  // Without this node takes the inner run for a part of the outer one, and skips it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return {
    run: (...words: string[]) => runNode(["driver.mjs", ...words], { cwd: tree.path, env }),
    [Symbol.dispose]: () => tree[Symbol.dispose](),
  };
}

/** The files that ran, in the order in which they ended. */
function filesOf(stdout: string): string[] {
  return [...stdout.matchAll(/^(?:ok|FAILED) +[\d.]+ s {2}(\S+)$/gm)].map((match) => match[1] ?? "");
}

function countOf(stdout: string, name: string): string | undefined {
  return new RegExp(`^# ${name} (\\d+)$`, "m").exec(stdout)?.[1];
}

test("tests that pass are summed up last, the serial ones after the others, and an output without a source is not run", () => {
  using tests = plantTests(
    { "a.serial.test": passing, "b.test": passing, "deep/c.test": passing, "d.long": passing },
    { "gone.test": 'throw new Error("stale");' },
  );
  const { code, stdout } = tests.run();
  assert.equal(code, 0, stdout);
  assert.equal(countOf(stdout, "tests"), "3");
  assert.equal(countOf(stdout, "pass"), "3");
  assert.match(stdout, /# pass 3\n(# \w+ \d+\n)+$/);
  const files = filesOf(stdout);
  assert.deepEqual(files.slice(0, 2).sort(), ["test/b.test.ts", "test/deep/c.test.ts"]);
  assert.deepEqual(files.slice(2), ["test/a.serial.test.ts"]);
});

test("files that need a MongoDB wait for it, after those that don't; those that measure time come last", () => {
  using tests = plantTests({
    "a-mongo.test": passing,
    "cluster/b.test": passing,
    "c.test": passing,
    "d.serial.test": passing,
  });
  const files = filesOf(tests.run().stdout);
  assert.deepEqual(files.slice(0, 2), ["test/c.test.ts", "MongoDB"]);
  assert.deepEqual(files.slice(2, 4).sort(), ["test/a-mongo.test.ts", "test/cluster/b.test.ts"]);
  assert.deepEqual(files.slice(4), ["test/d.serial.test.ts"]);
  assert.deepEqual(filesOf(tests.run("c.test").stdout), ["test/c.test.ts"]);
});

test("a word picks the tests whose path holds it, and none is a failure", () => {
  using tests = plantTests({ "b.test": passing, "deep/c.test": passing });
  assert.deepEqual(filesOf(tests.run("deep").stdout), ["test/deep/c.test.ts"]);
  const none = tests.run("nothing");
  assert.equal(none.code, 1);
  assert.equal(none.stdout, "no test was run: no path holds nothing\n");
});

test("a failure is told with its full name, its reason and what its file printed", () => {
  using tests = plantTests({
    "a.test": `import { describe, test } from "node:test";
      console.log("from the file");
      describe("outer", () => { test("inner", () => { throw new Error("the reason"); }); test("todo", { todo: true }, () => { throw 1; }); });`,
    "b.test": passing,
  });
  const { code, stdout } = tests.run();
  assert.equal(code, 1);
  assert.match(stdout, /^FAILED {2}test\/a\.test\.ts {2}outer > inner\nError: the reason$/m);
  assert.match(stdout, /its output:\nfrom the file/);
  assert.doesNotMatch(stdout, /FAILED.*todo/);
  assert.equal(countOf(stdout, "fail"), "1");
  assert.equal(countOf(stdout, "pass"), "1");
});

test("a file without a test fails, and one whose process breaks", () => {
  using tests = plantTests({ "empty.test": "export {};\n", "broken.test": "process.exit(3);\n", "b.test": passing });
  const { code, stdout } = tests.run();
  assert.equal(code, 1);
  assert.match(stdout, /^FAILED {2}test\/empty\.test\.ts {2}the file\nIt holds no test\.$/m);
  assert.match(stdout, /^FAILED {2}test\/broken\.test\.ts {2}the file\nIts process failed/m);
});
