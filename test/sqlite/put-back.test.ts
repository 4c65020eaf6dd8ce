import assert from "node:assert/strict";
import { it } from "node:test";
import { releaseItem } from "../../src/store/sqlite/calls.js";
import { lockedJobsOf } from "../../src/store/sqlite/job-row.js";
import { newToken } from "../../src/store/store.js";
import { ending } from "../store/suite/tasks.js";
import { created, engineFile, write } from "./engine-file.js";
import { onceJob } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

it("whoever was ahead of a file that was put back to an older state is told of a gap, and goes on at its end", async (t) => {
  const { db, engine } = await engineFile(t);
  write(engine, "create", created(...Array.from({ length: 5 }, (_, n) => onceJob(`j${n}`, DUE))));
  const lease = newToken();
  write(engine, "openLease", lease, { serverId: "s", ttlMs: 1_000, version: "" }, 0, true);
  const lock = { room: new Map([["mail", 5]]), maxRunning: new Map(), lease, nowMs: DUE.getTime(), limit: 5 };
  const taken = write(engine, "lock", lock).flatMap((rows) => lockedJobsOf(rows, lease, DUE));
  write(
    engine,
    "release",
    taken.map((job) => releaseItem(ending(job))),
    DUE.getTime(),
  );
  const places = (after: string) => engine.read({ name: "runPlaces", args: [{ filter: {}, limit: 10, after }] });
  assert.deepEqual(places("5"), { answer: { text: "[]", next: 5, end: true, gap: false } });
  db.run("DELETE FROM runs WHERE id > 2");
  assert.deepEqual(places("5"), { answer: { text: "[]", next: 2, end: true, gap: true } });
});
