import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../src/store/sqlite/engine/engine.js";
import type { ReadAnswer } from "../../src/store/sqlite/engine/operations.js";
import { created, engineFile, write } from "./engine-file.js";
import { onceJob } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

/** Of ten jobs in a row six are of kind "many", three of "some", and one is dead. */
function fill(engine: Engine, from: number, to: number): void {
  for (let first = from; first < to; first += 1_000) {
    const jobs = Array.from({ length: Math.min(1_000, to - first) }, (_, n) => {
      const kind = n % 10 < 6 ? "many" : "some";
      if (n % 10 < 9) return onceJob(`j${first + n}`, DUE, { kind });
      const { due, at, ...ended } = onceJob(`j${first + n}`, DUE, { kind, dead: "exhausted" });
      return ended;
    });
    write(engine, "create", created(...jobs));
  }
}

function sample(engine: Engine): ReadAnswer<"sampleJobs"> {
  const reply = engine.read({ name: "sampleJobs", args: [] });
  if (!("answer" in reply)) throw new Error(JSON.stringify(reply));
  return reply.answer as ReadAnswer<"sampleJobs">;
}

function estimates({ total, looked, found }: ReadAnswer<"sampleJobs">, kind: string, state: string): number {
  const count = found.find((one) => one[0] === kind && one[1] === state)?.[2] ?? 0;
  return (count / looked) * total;
}

function near(number: number, expected: number, part: number): void {
  assert.ok(Math.abs(number / expected - 1) <= part, `${number}, not about ${expected}`);
}

describe("a sample of a SQLite file's jobs", () => {
  it("is all of them where they are few, and nothing where there are none", async (t) => {
    const { engine } = await engineFile(t);
    assert.deepEqual(sample(engine), { total: 0, looked: 0, found: [] });
    fill(engine, 0, 100);
    const { total, looked, found } = sample(engine);
    assert.deepEqual([total, looked], [100, 100]);
    const expected = [
      ["many", "scheduled", 60],
      ["some", "dead", 10],
      ["some", "scheduled", 30],
    ];
    assert.deepEqual(found.toSorted(), expected);
  });

  it("tells about how many there are of each kind and state, also where most have gone", async (t) => {
    const { db, engine } = await engineFile(t);
    fill(engine, 0, 40_000);
    const all = sample(engine);
    near(all.total, 40_000, 0.05);
    near(estimates(all, "many", "scheduled"), 24_000, 0.1);
    near(estimates(all, "some", "scheduled"), 12_000, 0.15);
    near(estimates(all, "some", "dead"), 4_000, 0.25);
    assert.deepEqual(sample(engine), all, "asked again it says the same");
    assert.ok(all.looked < 4_000, `it looks at some: ${all.looked}`);

    // Ends of runs of numbers, as a year of jobs that ran leaves them: whole stretches are gone.
    db.exec("DELETE FROM job_state WHERE id > 2000 AND id <= 38000");
    const ends = sample(engine);
    near(ends.total, 4_000, 0.3);
    near(estimates(ends, "many", "scheduled"), 2_400, 0.3);

    // And one in twenty of what there was, anywhere.
    fill(engine, 40_000, 60_000);
    db.exec("DELETE FROM job_state WHERE id % 20 <> 7 OR id <= 40000");
    near(sample(engine).total, 1_000, 0.3);
  });
});
