import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Those that need nothing but this repository. */
const NAMES = ["memory", "sqlite", "lateness", "schedule"];
const MAIN = fileURLToPath(new URL("../../bench/main.js", import.meta.url));

it("the benchmarks run, each figure beside its baseline", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const out = join(folder, "quick.json");
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...NAMES, "--quick", "--out", out]);
    const { quick, rows } = JSON.parse(await readFile(out, "utf8")) as {
      quick: boolean;
      rows: { name: string; value: number }[];
    };
    assert.equal(quick, true);
    for (const { name, value } of rows) {
      assert.ok(Number.isFinite(value), name);
      assert.ok(stdout.includes(name), `the table leaves out ${name}`);
    }
    for (const name of [
      "memory, tasks in a frame",
      "bare grpc-js stream, same frames",
      "memory, dispatch to receipt",
      "memory, schedule to receipt",
      "bare SQLite claim + delete",
      "SQLite, dispatch to receipt",
      "SQLite, schedule to receipt",
      "SQLite, event loop's delay, p99",
      "SQLite on one thread, delay, p99",
      "memory, lateness p99 at 250/s",
      "sqlite, lateness p99 at 250/s",
      "SQLite, a schedule call, p50",
    ]) {
      assert.ok(
        rows.some((row) => row.name === name),
        `${name} is not measured`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
