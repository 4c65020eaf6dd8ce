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
  readonly rows: { name: string; value: number; ratio?: number; met?: boolean }[];
  readonly skipped: { name: string; why: string }[];
}

it("the benchmark on MongoDB runs beside Agenda's, and tells the ratio of their operations", {
  timeout: 240_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-bench-"));
  try {
    const out = join(folder, "quick.json");
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, "mongo", "--quick", "--out", out]);
    const { rows, skipped } = JSON.parse(await readFile(out, "utf8")) as Result;
    for (const { name } of [...rows, ...skipped]) assert.ok(stdout.includes(name), `the table leaves out ${name}`);
    const unavailable = skipped.find(({ name }) => name === "MongoDB" || name === "Agenda");
    if (unavailable) {
      t.skip(unavailable.why);
      return;
    }
    const figures = new Map(rows.map((row) => [row.name, row]));
    for (const scheduler of ["MongoDB", "Agenda"]) {
      for (const what of ["dispatch to receipt", "schedule to receipt", "documents written a task"]) {
        assert.ok((figures.get(`${scheduler}, ${what}`)?.value ?? 0) > 0, `${scheduler}, ${what}`);
      }
    }
    assert.ok(figures.has("MongoDB, lateness p99 at 250/s"));
    // Claim, begin, end: a command each, which no speed of the machine's changes.
    const theirs = figures.get("Agenda, commands a task")?.value ?? 0;
    assert.ok(theirs >= 3, `Agenda: ${theirs} commands a task`);
    const { value = 0, ratio = 0, met } = figures.get("MongoDB, commands a task") ?? {};
    assert.ok(Math.abs(ratio - value / theirs) < 1e-9);
    assert.equal(met, ratio <= 0.2);
    t.diagnostic(`commands a task: ${value.toFixed(2)}, Agenda ${theirs.toFixed(2)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
