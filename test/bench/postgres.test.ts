import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAIN = fileURLToPath(new URL("../../bench/main.js", import.meta.url));
const GRAPHILE = ["graphile-worker plain", "graphile-worker local", "graphile-worker batch"];

interface Result {
  readonly rows: { name: string; value: number; ratio?: number; met?: boolean }[];
  readonly skipped: { name: string; why: string }[];
}

it("the benchmark on PostgreSQL runs beside its peers, and judges Tickwire by graphile-worker's best mode", {
  timeout: 120_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const out = join(folder, "quick.json");
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "postgres", "--quick", "--out", out]);
    const { rows, skipped } = JSON.parse(await readFile(out, "utf8")) as Result;
    for (const { name } of [...rows, ...skipped]) assert.ok(stdout.includes(name), `the table leaves out ${name}`);
    const missing = skipped.find(({ name }) => name === "PostgreSQL" || name === "graphile-worker");
    if (missing) {
      t.skip(missing.why);
      return;
    }
    const rowOf = (name: string): Result["rows"][number] => {
      const row = rows.find((row) => row.name === name);
      assert.ok(row && Number.isFinite(row.value), name);
      return row;
    };
    const peers = skipped.some(({ name }) => name === "River") ? GRAPHILE : [...GRAPHILE, "River"];
    const fast = peers.filter((name) => !["graphile-worker plain", "graphile-worker local"].includes(name));
    for (const [what, those] of [
      ["dispatch to receipt", peers],
      ["schedule to receipt", peers],
      ["dispatch to receipt, 1K others", fast],
    ] as const) {
      for (const peer of those) assert.ok(rowOf(`${peer}, ${what}`).value > 0);
      const best = Math.max(
        ...those.filter((name) => GRAPHILE.includes(name)).map((mode) => rowOf(`${mode}, ${what}`).value),
      );
      const { value, ratio = 0, met } = rowOf(`PostgreSQL, ${what}`);
      assert.ok(value > 0 && Math.abs(ratio - value / best) < 1e-9, what);
      assert.equal(met, ratio >= 1);
    }
    for (const name of ["PostgreSQL", ...peers]) rowOf(`${name}, lateness p99 at 250/s`);
    for (const name of ["PostgreSQL", ...fast]) rowOf(`${name}, lateness p99 at 250/s, 1K others`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
