import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAIN = fileURLToPath(new URL("../../bench/main.js", import.meta.url));

interface Result {
  readonly rows: { name: string; value: number; budget?: string }[];
  readonly skipped: { name: string; why: string }[];
}

it("the benchmark of the cron engine runs beside cron-parser's and croner's", { timeout: 120_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const out = join(folder, "quick.json");
    await promisify(execFile)(process.execPath, [MAIN, "cron", "--quick", "--out", out]);
    const { rows, skipped } = JSON.parse(await readFile(out, "utf8")) as Result;
    const own = rows.filter(({ name }) => name.startsWith("Tickwire, "));
    assert.ok(own.length >= 6);
    for (const { name, budget } of own) {
      assert.equal(budget, name.includes(" 29 2 ") ? ">= 20,000" : ">= 200,000");
      for (const library of ["cron-parser", "croner"]) {
        const theirs = name.replace("Tickwire", library);
        const isThere = rows.some((row) => row.name === theirs && row.value > 0);
        assert.ok(isThere || skipped.some((row) => row.name === theirs), theirs);
      }
    }
    if (skipped[0]) t.diagnostic(skipped[0].why);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
