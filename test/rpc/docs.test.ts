import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { REASONS } from "../../src/core/errors.js";
import { LIMITS } from "../../src/core/limits.js";
import { CODE_OF } from "../../src/rpc/status.js";

const docs = new URL("../../../docs/", import.meta.url);

function rows(file: string): string[][] {
  const lines = readFileSync(new URL(file, docs), "utf8").split("\n");
  const cells = lines.filter((line) => line.startsWith("| `")).map((line) => line.split("|").slice(1, -1));
  return cells.map((row) => row.map((cell) => cell.trim()));
}

test("docs/errors.md has each reason once, in the code's order, with the code that callers get", () => {
  const listed = rows("errors.md").map(([reason, code]) => [reason, code]);
  const coded = REASONS.map((reason) => [`\`${reason}\``, status[CODE_OF[reason]]]);
  assert.deepEqual(listed, coded);
});

test("docs/errors.md says of each reason what it means and what to do", () => {
  for (const [reason, , meaning, advice] of rows("errors.md")) {
    assert.ok((meaning?.length ?? 0) > 10 && (advice?.length ?? 0) > 10, `${reason} is explained`);
  }
});

test("docs/limits.md has each limit once, in the code's order, with its value, unit and reason", () => {
  const coded = Object.entries(LIMITS).map(([name, { value, unit, why }]) => [
    `\`${name}\``,
    value.toLocaleString("en"),
    unit,
    why,
  ]);
  assert.deepEqual(rows("limits.md"), coded);
});
