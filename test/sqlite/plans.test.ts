import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredJob } from "../../src/core/job.js";
import { releaseItem } from "../../src/store/sqlite/calls.js";
import type { Connection } from "../../src/store/sqlite/engine/connection.js";
import type { Engine } from "../../src/store/sqlite/engine/engine.js";
import { CANDIDATES, NEXT } from "../../src/store/sqlite/engine/lock.js";
import type { ReadAnswer } from "../../src/store/sqlite/engine/operations.js";
import { lockedJobsOf } from "../../src/store/sqlite/job-row.js";
import type { Value } from "../../src/store/sqlite/wire.js";
import { type JobFilter, newToken } from "../../src/store/store.js";
import { ending } from "../store/suite/tasks.js";
import { created, engineFile, write } from "./engine-file.js";
import { onceJob } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");
const LATER = new Date("2027-01-01T00:00:00Z");

/** Jobs that wait, of a hundred kinds, due one second apart from `LATER` on. */
function waiting(engine: Engine, count: number): void {
  fill(engine, count, (n) => {
    return onceJob(`waiting-${n}`, new Date(LATER.getTime() + n * 1_000), { kind: n % 2 ? "mail" : `kind-${n % 100}` });
  });
}

function fill(engine: Engine, count: number, jobOf: (n: number) => StoredJob): void {
  for (let from = 0; from < count; from += 1_000) {
    const jobs = Array.from({ length: Math.min(1_000, count - from) }, (_, n) => jobOf(from + n));
    write(engine, "create", created(...jobs));
  }
}

/** How statements of a claim and of recovery begin, and what each of them searches. */
const SEARCHES: readonly (readonly [string, RegExp])[] = [
  ["SELECT k.key FROM json_each(?) k", /SEARCH s USING COVERING INDEX claimable \(kind_id=\? AND pri=\? AND due<\?\)/],
  ["SELECT lock_slot FROM job_state", /SEARCH job_state USING COVERING INDEX slots \(kind_id=\? AND lock_slot>\?\)/],
  ["UPDATE job_state SET due = NULL, lock_token", /SEARCH job_state USING INTEGER PRIMARY KEY/],
  ["UPDATE job_state SET lock_slot", /SEARCH job_state USING INTEGER PRIMARY KEY/],
  ["UPDATE leases SET state = 'fenced'", /SEARCH leases USING PRIMARY KEY \(id=\?\)/],
  ["SELECT lease FROM (WITH RECURSIVE", /SEARCH job_state USING COVERING INDEX locked \(lock_lease>\?\)/],
];

/** Claims of several kinds, one with a limit and with slots held; then their lease is taken over, and its locks are looked for. */
function claimAndRecover(engine: Engine): void {
  const due = ["mail", "kind-2", "kind-4"];
  fill(engine, 300, (n) => onceJob(`due-${n}`, DUE, { kind: due[n % 3] ?? "" }));
  const lease = newToken();
  write(engine, "openLease", lease, { serverId: "s", ttlMs: 1_000, version: "" }, 0, true);
  const room = new Map(due.map((kind) => [kind, 50]));
  const lock = { room, maxRunning: new Map([["mail", 40]]), lease, nowMs: DUE.getTime(), limit: 100 };
  for (const turn of ["first", "with slots held"]) assert.ok(write(engine, "lock", lock).length > 0, turn);
  assert.equal(write(engine, "takeOver", lease, 1), true);
  const { answer } = engine.read({ name: "orphans", args: ["", 50] }) as { answer: { text: string } };
  assert.equal(JSON.parse(answer.text).length, 50);
}

/** Every statement that is run meanwhile, each once, with the parameters of its first time. */
function recorded(db: Connection, work: () => void): Map<string, readonly Value[]> {
  const asked = new Map<string, readonly Value[]>();
  const { run, get, all } = db;
  const noting =
    <T>(call: (sql: string, parameters?: readonly Value[]) => T) =>
    (sql: string, parameters: readonly Value[] = []): T => {
      if (!asked.has(sql)) asked.set(sql, parameters);
      return call.call(db, sql, parameters);
    };
  Object.assign(db, { run: noting(run), get: noting(get), all: noting(all) });
  work();
  Object.assign(db, { run, get, all });
  return asked;
}

function plan(db: Connection, sql: string, parameters: readonly Value[]): string {
  return db
    .all(`EXPLAIN QUERY PLAN ${sql}`, parameters)
    .map((row) => String(row[3]))
    .join("\n");
}

/** The time of one claim of 200 due jobs beside what is stored: the best of several, in ms. */
function claimMs(engine: Engine, name: string): number {
  const lease = newToken();
  write(engine, "openLease", lease, { serverId: "s", ttlMs: 1_000, version: "" }, 0, true);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    fill(engine, 200, (n) => onceJob(`due-${name}-${round}-${n}`, DUE));
    const from = performance.now();
    const room = new Map([["mail", 200]]);
    const locked = write(engine, "lock", { room, maxRunning: new Map(), lease, nowMs: DUE.getTime(), limit: 200 });
    best = Math.min(best, performance.now() - from);
    assert.equal(locked[0]?.tokens.length, 200 * 32);
  }
  return best;
}

describe("SQLite's query plans", () => {
  it("claim, next run, take-over and the look for orphans search their indexes at 100,000 rows", async (t) => {
    const { db, engine } = await engineFile(t);
    waiting(engine, 100_000);
    const claim = plan(db, CANDIDATES, [1, DUE.getTime(), 200, "mail"]);
    assert.equal(
      claim.match(/SEARCH job_state USING COVERING INDEX claimable \(kind_id=\? AND pri=\? AND due<\?\)/g)?.length,
      4,
      claim,
    );
    assert.match(claim, /SEARCH s USING INTEGER PRIMARY KEY/);
    assert.match(claim, /SEARCH j USING INTEGER PRIMARY KEY/);
    assert.doesNotMatch(claim, /TEMP B-TREE|SCAN job_state|SCAN s\b|SCAN jobs|SCAN j\b/);
    const next = plan(db, NEXT, ["[1,2,3]"]);
    const left = new Set(SEARCHES.map(([begin]) => begin));
    assert.match(next, /SEARCH job_state USING COVERING INDEX claimable \(kind_id=\? AND pri=\?/);
    assert.doesNotMatch(next, /TEMP B-TREE|SCAN job_state/);
    for (const [sql, parameters] of recorded(db, () => claimAndRecover(engine))) {
      const text = plan(db, sql, parameters);
      assert.doesNotMatch(text, /SCAN (job_state|s|jobs|j|kind_names|n)\b/, `${sql}\n${text}`);
      // Orphans come by their slugs: only they are sorted, and they are few beside what is stored.
      if (sql.includes("ORDER BY slug LIMIT ?) o")) {
        assert.match(text, /SEARCH job_state USING COVERING INDEX locked \(lock_lease=\?\)/);
      } else {
        assert.doesNotMatch(text, /TEMP B-TREE/, `${sql}\n${text}`);
      }
      const wanted = SEARCHES.filter(([begin]) => sql.startsWith(begin));
      for (const [begin, search] of wanted) {
        assert.match(text, search);
        left.delete(begin);
      }
    }
    assert.deepEqual([...left], [], "not among what was asked");
  });

  it("a claim at 100,000 stored jobs costs what it costs at 10,000", async (t) => {
    const small = await engineFile(t);
    waiting(small.engine, 10_000);
    const large = await engineFile(t);
    waiting(large.engine, 100_000);
    const [few, many] = [claimMs(small.engine, "few"), claimMs(large.engine, "many")];
    // A claim that scanned would take ten times as long; twice allows for this machine's other work.
    assert.ok(many <= few * 2 + 1, `${many.toFixed(2)} ms at 100,000 jobs, ${few.toFixed(2)} ms at 10,000`);
  });

  it("jobs that are locked, paused, dead or completed in front do not slow a claim", async (t) => {
    const free = await engineFile(t);
    const crowded = await engineFile(t);
    const [alone] = [claimMs(free.engine, "alone")];
    const { due: _, at: __, ...ended } = onceJob("ended", new Date(0));
    const { due: ___, ...unclaimable } = onceJob("unclaimable", new Date(0));
    fill(crowded.engine, 90_000, (n) => {
      const slug = `front-${n}`;
      if (n % 4 === 0) return { ...ended, slug, dead: "exhausted" };
      if (n % 4 === 1) return { ...ended, slug, expireAt: LATER };
      if (n % 4 === 2) return { ...unclaimable, slug, pause: { reason: "", at: DUE } };
      return { ...unclaimable, slug, lock: { token: `token-${n}`, lease: "gone", since: DUE } };
    });
    const behind = claimMs(crowded.engine, "behind");
    assert.ok(behind <= alone * 2 + 1, `${behind.toFixed(2)} ms behind 90,000 others, ${alone.toFixed(2)} ms alone`);
  });

  it("lists of jobs search by slug or by kind and slug, and sort nothing", async (t) => {
    const { db, engine } = await engineFile(t);
    waiting(engine, 5_000);
    const asked: [string, readonly (string | number)[]][] = [];
    const { all } = db;
    db.all = (sql, parameters = []) => {
      if (sql.includes("LIMIT 500)")) asked.push([sql, parameters as readonly (string | number)[]]);
      return all.call(db, sql, parameters);
    };
    const page = { limit: 10, payloads: true };
    for (const filter of [
      {},
      { slugPrefix: "waiting-2" },
      { kinds: ["mail"] },
      { kinds: ["mail", "kind-2", "kind-4"] },
    ]) {
      engine.read({ name: "list", args: [{ ...page, filter }] });
      engine.read({ name: "list", args: [{ ...page, filter, after: "waiting-22" }] });
    }
    db.all = all;
    const seen = asked.map(([sql, parameters]) => plan(db, sql, parameters));
    const bySlug = /SEARCH job_state USING COVERING INDEX by_slug \(slug>\?/;
    const byPrefix = /SEARCH job_state USING COVERING INDEX by_slug \(slug>\? AND slug<\?/;
    const byKind = /SEARCH job_state USING COVERING INDEX by_kind \(kind_id=\? AND slug>\?/;
    const expected = [bySlug, bySlug, byPrefix, byPrefix, byKind, byKind, byKind, byKind];
    for (const [at, pattern] of expected.entries()) assert.match(seen[at] ?? "", pattern);
    // The bound itself: what is between "" and the prefix is not looked at.
    assert.deepEqual(
      asked.slice(2, 4).map(([, [from]]) => from),
      ["waiting-2", "waiting-22"],
    );
    for (const text of seen) assert.doesNotMatch(text, /TEMP B-TREE|SCAN job_state|SCAN s\b/, text);
  });

  it("the history forwards is searched by number, or by slug and number; runs are read by their numbers", async (t) => {
    const { db, engine } = await engineFile(t);
    fill(engine, 300, (n) => onceJob(`due-${n}`, DUE));
    const lease = newToken();
    write(engine, "openLease", lease, { serverId: "s", ttlMs: 1_000, version: "" }, 0, true);
    const lock = { room: new Map([["mail", 300]]), maxRunning: new Map(), lease, nowMs: DUE.getTime(), limit: 300 };
    const ended = write(engine, "lock", lock).flatMap((rows) => lockedJobsOf(rows, lease, DUE));
    write(
      engine,
      "release",
      ended.map((job) => releaseItem(ending(job))),
      DUE.getTime(),
    );
    const part = { limit: 10, after: "100" };
    const asked = recorded(db, () => {
      for (const filter of [{}, { kinds: ["mail"], states: ["succeeded"] as const }]) {
        const reply = engine.read({ name: "runPlaces", args: [{ ...part, filter }] }) as { answer: { text: string } };
        assert.equal(JSON.parse(reply.answer.text).length, 10);
      }
      engine.read({ name: "runPlaces", args: [{ ...part, filter: { slug: "due-7" } }] });
      engine.read({ name: "runPlaces", args: [{ ...part, after: "290", filter: {} }] });
      engine.read({ name: "runsAt", args: [[101, 102], true] });
    });
    for (const [sql, parameters] of asked) {
      if (!sql.includes("runs")) continue;
      const text = plan(db, sql, parameters);
      assert.doesNotMatch(text, /SCAN (runs|r)\b/, `${sql}\n${text}`);
      // What is asked for by number comes in the order it was asked in.
      if (!sql.includes("k.key")) assert.doesNotMatch(text, /TEMP B-TREE/, `${sql}\n${text}`);
      if (sql.includes("id > ? AND slug"))
        assert.match(text, /SEARCH runs USING (COVERING )?INDEX runs_of_slug \(slug=\? AND rowid>\?\)/);
      else if (sql.includes("id > ?")) assert.match(text, /SEARCH runs USING INTEGER PRIMARY KEY \(rowid>\?\)/);
    }
  });

  it("counts and lists of what is rare search indexes that hold nothing else", async (t) => {
    const { db, engine } = await engineFile(t);
    waiting(engine, 5_000);
    const lease = newToken();
    write(engine, "openLease", lease, { serverId: "s", ttlMs: 1_000, version: "" }, 0, true);
    fill(engine, 40, (n) => onceJob(`due-${n}`, DUE));
    write(engine, "lock", {
      room: new Map([["mail", 10]]),
      maxRunning: new Map(),
      lease,
      nowMs: DUE.getTime(),
      limit: 10,
    });
    const { due: _, at: __, ...ended } = onceJob("dead", DUE, { dead: "exhausted" });
    fill(engine, 1, () => ended);
    const asked = recorded(db, () => {
      const { answer } = engine.read({ name: "countJobs", args: [["mail"]] }) as { answer: [{ jobs: object }] };
      const none = { retrying: 0, paused: 0, completed: 0 };
      assert.deepEqual(answer[0].jobs, { scheduled: 2_530, running: 10, dead: 1, ...none });
      engine.read({ name: "kindsOfJobs", args: [1_000] });
      engine.read({ name: "slotsHeld", args: ["mail"] });
      const page = { limit: 10, payloads: true };
      for (const states of [["dead"], ["paused"], ["retrying"], ["completed"], ["running"], ["dead", "running"]]) {
        engine.read({ name: "list", args: [{ ...page, filter: { states } }] });
        engine.read({ name: "list", args: [{ ...page, filter: { states, kinds: ["mail"] }, after: "a" }] });
      }
      engine.read({ name: "list", args: [{ ...page, filter: { dueBefore: DUE } }] });
      engine.read({ name: "list", args: [{ ...page, filter: { dueBefore: LATER, dueAfter: DUE, kinds: ["mail"] } }] });
    });
    assert.ok(asked.size > 20);
    const seen = new Set<string>();
    for (const [sql, parameters] of asked) {
      const text = plan(db, sql, parameters);
      // Of the tables' own rows only what an index has named is read. An index that is read whole holds one state.
      assert.doesNotMatch(text, /SCAN (s|jobs|j|n|job_state)( (?!USING)|$)/m, `${sql}\n${text}`);
      for (const [, index = ""] of text.matchAll(/SCAN \w+ USING (?:COVERING )?INDEX (\w+)/g)) {
        assert.match(
          index,
          /^(dead|paused|retrying|completed_of_kind|locked|sqlite_autoindex_kind_names_1)$/,
          `${sql}\n${text}`,
        );
      }
      for (const [, index = ""] of text.matchAll(/USING (?:COVERING )?INDEX (\w+)/g)) seen.add(index);
    }
    for (const index of ["claimable", "completed_of_kind", "dead", "locked", "paused", "retrying"])
      assert.ok(seen.has(index), index);
  });

  it("lists look at few entries in a call, and read few jobs", async (t) => {
    const { db, engine } = await engineFile(t);
    waiting(engine, 3_000);
    const list = (filter: JobFilter) => {
      const reply = engine.read({ name: "list", args: [{ limit: 1_000, payloads: false, filter }] });
      const { rows, ...rest } = (reply as { readonly answer: ReadAnswer<"list"> }).answer;
      return { count: (JSON.parse(rows.text) as unknown[]).length, ...rest };
    };
    const slugs = db.all("SELECT slug FROM job_state ORDER BY slug LIMIT 500").map(([slug]) => slug);
    assert.deepEqual(list({ labels: { none: "x" } }), { count: 0, looked: 500, next: slugs[499] });
    assert.deepEqual(list({}), { count: 250, looked: 250, next: slugs[249] });
  });
});
