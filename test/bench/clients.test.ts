import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAIN = fileURLToPath(new URL("../../bench/main.js", import.meta.url));

it("the benchmark of the clients runs a worker of each language that is here, beside the TypeScript one", {
  timeout: 120_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const out = join(folder, "quick.json");
  await promisify(execFile)(process.execPath, [MAIN, "clients", "--quick", "--out", out]);
  const { rows, skipped } = JSON.parse(await readFile(out, "utf8")) as {
    rows: { name: string; value: number }[];
    skipped: { name: string }[];
  };
  for (const { name, value } of rows) assert.ok(value > 0, name);
  assert.deepEqual([...rows, ...skipped].map(({ name }) => name).sort(), [
    "a Go worker",
    "a Python worker",
    "a TypeScript worker",
  ]);
});
