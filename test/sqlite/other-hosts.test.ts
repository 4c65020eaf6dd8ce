import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import { MIGRATIONS, migrate } from "../../src/store/sqlite/engine/migrations.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { newToken } from "../../src/store/store.js";
import { TickwireProcess } from "../cli/tickwire-process.js";
import { item, onceJob, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");
const SERVER = { serverId: "here", ttlMs: 1_000, version: "" };

type Ending = { after(done: () => unknown): void };

/** A file of which a server of another boot has a live lease; nobody renews it. */
async function strange(t: Ending, { host = "elsewhere", ttlMs = 600_000, side = "none" } = {}) {
  const file = join(temporaryFolder(t), "store.db");
  await (await openSqliteStore(file)).close();
  const db = new Connection(file, 1_000);
  t.after(() => db.close());
  const id = newToken();
  const insert = () =>
    db.run(
      `INSERT INTO leases (id, server_id, seq, ttl_ms, state, version, started_at, renewed_at, host, boot)
        VALUES (?, 'other', 1, ?, 'live', '', 0, 0, ?, 'another boot')`,
      [id, ttlMs, host],
    );
  insert();
  if (side !== "none") {
    const lock = new Connection(`${file}-lease-${id}`, 0);
    if (side === "held") lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    t.after(() => lock.close());
    if (side === "free") lock.close();
  }
  return { file, db, id, insert };
}

async function refuses(file: string): Promise<void> {
  await assert.rejects(openSqliteStore(file), (error: Error & { reason?: string; facts?: object }) => {
    assert.equal(error.reason, "STORE_DOWN");
    const says = `${file} is open on another host: server other on elsewhere uses it, and this is ${hostname()}. `;
    assert.ok(error.message.includes(says), error.message);
    assert.match(error.message, /stop that server, or give this one another store$/);
    assert.deepEqual(error.facts, { file, server: "other", host: "elsewhere" });
    return true;
  });
}

function serve(t: TestContext, file: string): TickwireProcess {
  return new TickwireProcess(t, ["serve", "--store", `sqlite:${file}`, "--grpc", "127.0.0.1:0", "--http", "off"]);
}

/** Opens it with what it warned of. */
async function openHearing(t: Ending, file: string, heard = () => {}) {
  const said: string[] = [];
  const warn = (_: object, message: string) => {
    said.push(message);
    heard();
  };
  const store = await openSqliteStore(file, { log: { debug() {}, info() {}, error() {}, warn } });
  t.after(() => store.close());
  return { store, said };
}

const WAITING = "the file was last open on another host: waiting to see whether that server still lives";
const TAKEN = "a server of another boot or host is gone; its lease was taken over";

describe("a SQLite file with a live lease of another boot", () => {
  it("that is renewed is refused, by server, host and file", async (t) => {
    const { file, db, id } = await strange(t);
    const renewing = setInterval(() => db.run("UPDATE leases SET seq = seq + 1 WHERE id = ?", [id]), 20);
    t.after(() => clearInterval(renewing));
    await refuses(file);
  });

  it("whose side lock is held is refused, however its host is called", async (t) => {
    for (const host of ["elsewhere", hostname()]) {
      const { file } = await strange(t, { host, side: "held" });
      if (host === "elsewhere") await refuses(file);
      else await assert.rejects(openSqliteStore(file), /is open on another host/);
    }
  });

  it("is refused without a trace: neither file nor log changes, though no other handle here is open", async (t) => {
    const { file, db, id } = await strange(t);
    db.all("PRAGMA wal_autocheckpoint = 0");
    db.run("UPDATE leases SET renewed_at = 1 WHERE id = ?", [id]);
    // As the other host has them: no lock of its handles is known here.
    const copy = join(temporaryFolder(t), "copy.db");
    for (const end of ["", "-wal"]) copyFileSync(file + end, copy + end);
    const side = new Connection(`${copy}-lease-${id}`, 0);
    t.after(() => side.close());
    side.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    const before = [readFileSync(copy), readFileSync(`${copy}-wal`)];
    assert.ok(statSync(`${copy}-wal`).size > 0);
    // In a process of its own: only with its end is every handle of SQLite's closed.
    assert.equal((await serve(t, copy).ended).code, 1);
    assert.deepEqual([readFileSync(copy), readFileSync(`${copy}-wal`)], before);
  });

  it("whose lock is free, on a host of this name, is of before a reboot: fenced at once", async (t) => {
    const { file, id } = await strange(t, { host: hostname(), side: "free" });
    const { store, said } = await openHearing(t, file);
    assert.deepEqual(
      (await store.leases()).map((one) => [one.id, one.state]),
      [[id, "fenced"]],
    );
    assert.deepEqual(said, [TAKEN]);
    assert.equal(statSync(`${file}-lease-${id}`, { throwIfNoEntry: false }), undefined);
  });

  it("whose lock is held for a moment, as by another server that starts, is looked at again", async (t) => {
    const { file, id } = await strange(t, { host: hostname(), side: "free" });
    const lock = new Connection(`${file}-lease-${id}`, 0);
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    const { said } = await openHearing(t, file, () => lock.close());
    assert.deepEqual(said, [WAITING, TAKEN]);
  });

  it("is judged alike by several servers that start at once", async (t) => {
    const { file } = await strange(t, { host: hostname(), side: "free" });
    const stores = await Promise.all(Array.from({ length: 5 }, () => openSqliteStore(file)));
    await Promise.all(stores.map((store) => store.openLease(SERVER)));
    await Promise.all(stores.map((store) => store.close()));
  });

  for (const [host, side] of [
    ["elsewhere", "free"],
    ["elsewhere", "none"],
    [hostname(), "none"],
  ] as const) {
    it(`that nobody renews is watched for its time, then fenced (${host === "elsewhere" ? "another host" : "this host"}, side file ${side})`, async (t) => {
      const { file, id } = await strange(t, { host, side, ttlMs: 500 });
      const from = performance.now();
      const { store, said } = await openHearing(t, file);
      assert.ok(performance.now() - from >= 500);
      assert.deepEqual(said, [WAITING, TAKEN]);
      assert.deepEqual(
        (await store.leases()).map((one) => [one.id, one.state]),
        [[id, "fenced"]],
      );
    });
  }

  it("that comes while the file is open refuses the first lease, and no later one", async (t) => {
    const { file, db, insert } = await strange(t);
    db.run("DELETE FROM leases");
    const [serving, starting] = [await openSqliteStore(file), await openSqliteStore(file)];
    t.after(() => Promise.all([serving.close(), starting.close()]));
    await serving.openLease(SERVER);
    insert();
    await assert.rejects(starting.openLease(SERVER), { reason: "STORE_DOWN", message: /server other on elsewhere/ });
    await serving.openLease(SERVER);
    assert.equal((await serving.leases()).filter(({ state }) => state === "live").length, 3);
  });

  it("is told by `tickwire serve` in one line, which ends with exit code 1", async (t) => {
    const { file } = await strange(t, { side: "held" });
    const server = serve(t, file);
    const { code } = await server.ended;
    assert.equal(code, 1);
    assert.match(server.stderr, /^tickwire: the SQLite file .*store\.db is open on another host: .*\n$/);
  });
});

it("a file of version 1 is brought on, and its live leases are told by their counters alone", async (t) => {
  const file = join(temporaryFolder(t), "store.db");
  const db = new Connection(file, 1_000);
  db.all("PRAGMA journal_mode = WAL");
  migrate(db, MIGRATIONS.slice(0, 1));
  const insert = `INSERT INTO leases (id, server_id, seq, ttl_ms, state, version, started_at, renewed_at)
    VALUES (?, 'old', 7, 600000, 'live', '', 0, 0)`;
  db.run(insert, ["a"]);
  const store = await openSqliteStore(file);
  t.after(() => store.close());
  // An old server that is still there goes on.
  db.run(insert, ["b"]);
  db.close();
  await store.create([item(onceJob("a", DUE))]);
  assert.deepEqual(
    (await store.leases()).map(({ id, state }) => [id, state]),
    [
      ["a", "live"],
      ["b", "live"],
    ],
  );
  assert.equal(await store.takeOver("a", 7), true);
});
