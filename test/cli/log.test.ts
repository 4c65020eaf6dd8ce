import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";

const url = (path: string): string => new URL(`../../src/${path}`, import.meta.url).href;

const SCRIPT = `
import { TickwireError } from "${url("core/errors.js")}";
import { createLog } from "${url("log.js")}";
const [logFormat, logLevel, isTTY] = process.argv.slice(1);
if (isTTY) Object.defineProperty(process.stdout, "isTTY", { value: isTTY === "true" });
const log = await createLog({ serverId: "s1", logFormat, logLevel });
log.warn({ err: new TickwireError("STORE_DOWN", "out of reach", {}, { cause: new Error("disk") }) }, "an outage");
log.error({ err: new TypeError("no such thing") }, "a fault");
`;

function linesOf(format: string, level: string, isTTY?: boolean): string[] {
  const args = ["--input-type=module", "-e", SCRIPT, format, level, ...(isTTY === undefined ? [] : [String(isTTY)])];
  return execFileSync(process.execPath, args, { encoding: "utf8" }).trimEnd().split("\n");
}

describe("the log", () => {
  for (const format of ["json", "pretty"]) {
    it(`is a line an event, also where that is an error (${format})`, () => {
      for (const level of ["info", "debug"]) {
        const lines = linesOf(format, level);
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(lines[0] ?? "", /an outage/);
        assert.match(lines[0] ?? "", /"message":"out of reach/);
      }
    });

    it(`has the stack of a fault, and of what tells its reason itself where debug asks for it (${format})`, () => {
      const stacks = (level: string) => linesOf(format, level).map((line) => line.includes('"stack":"'));
      assert.deepEqual(stacks("info"), [false, true]);
      assert.deepEqual(stacks("debug"), [true, true]);
    });
  }

  it("is pretty by itself where a terminal reads it, and JSON where none does", () => {
    assert.match(linesOf("auto", "info", true)[0] ?? "", /^\[?\d\d:\d\d:\d\d\.\d{3}\]? WARN.*: an outage/);
    for (const reader of [false, undefined]) {
      const { level, msg } = JSON.parse(linesOf("auto", "info", reader)[0] ?? "") as { level: string; msg: string };
      assert.deepEqual([level, msg], ["warn", "an outage"]);
    }
    // Who asks for one has it, whoever reads.
    assert.doesNotThrow(() => JSON.parse(linesOf("json", "info", true)[0] ?? ""));
  });
});
