import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { cron, nexts } from "./walk.js";

const text = readFileSync(new URL("../../../../docs/cron.md", import.meta.url), "utf8");
const rows = [...text.matchAll(/^\| `([^`]+)` \| (\S+) \| (UNIX|QUARTZ) \| (.+) \|$/gm)];

describe("docs/cron.md's examples", () => {
  it("are there", () => assert.ok(rows.length >= 13, `${rows.length}`));
  for (const [, expression = "", zone = "", dialect, times = ""] of rows) {
    it(`${expression} in ${zone}`, () => {
      const expected = times.split(", ");
      const trigger = cron(expression, zone, dialect === "QUARTZ" ? "quartz" : "unix");
      assert.deepEqual(nexts(trigger, "2025-01-01", expected.length), expected);
    });
  }
});
