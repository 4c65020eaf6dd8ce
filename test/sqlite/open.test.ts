import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import { MIGRATIONS, migrate } from "../../src/store/sqlite/engine/migrations.js";
import { openFile } from "../../src/store/sqlite/engine/open-file.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { item, onceJob, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

/** Rejects as STORE_DOWN with a message that names the file and says this. */
async function refuses(file: string, says: RegExp): Promise<void> {
  await assert.rejects(openSqliteStore(file), (error: Error & { reason?: string; facts?: { file?: string } }) => {
    assert.equal(error.reason, "STORE_DOWN");
    assert.ok(error.message.includes(file), error.message);
    assert.match(error.message, says);
    assert.equal(error.facts?.file, file);
    return true;
  });
}

describe("opening a SQLite file", () => {
  it("that a newer version wrote is refused with both versions, and changes nothing", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    await (await openSqliteStore(file)).close();
    const db = new Connection(file, 10);
    db.exec("PRAGMA user_version = 99");
    db.close();
    await refuses(file, new RegExp(`has version 99, and this Tickwire knows versions up to ${MIGRATIONS.length}`));
    const again = new Connection(file, 10);
    assert.equal(again.get("PRAGMA user_version")?.[0], 99);
    again.close();
  });

  it("that is not a database is refused", async (t) => {
    const file = join(temporaryFolder(t), "notes.txt");
    writeFileSync(file, "Not a database, but a text that is longer than a header.\n".repeat(100));
    const before = readFileSync(file);
    await refuses(file, /it is not a SQLite database: name another file/);
    assert.deepEqual(readFileSync(file), before);
  });

  it("of another program is refused, and changes nothing", async (t) => {
    const file = join(temporaryFolder(t), "other.db");
    const db = new Connection(file, 10);
    db.exec("CREATE TABLE songs (title TEXT)");
    db.close();
    const before = readFileSync(file);
    await refuses(file, /another program's database/);
    assert.deepEqual(readFileSync(file), before);
  });

  it("that is damaged is refused", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const store = await openSqliteStore(file);
    await store.create(Array.from({ length: 200 }, (_, n) => item(onceJob(`job-${n}`, DUE))));
    await store.close();
    const handle = openSync(file, "r+");
    // Behind the header and the pragmas' fields: the schema's page.
    writeSync(handle, Buffer.alloc(3_000, 0xff), 0, 3_000, 100);
    closeSync(handle);
    await refuses(file, /it is damaged: put a backup in its place/);
  });

  it("that is damaged further in is told when it is read, and by whatever reads it", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const store = await openSqliteStore(file);
    await store.create(Array.from({ length: 500 }, (_, n) => item(onceJob(`job-${n}`, DUE))));
    await store.close();
    const handle = openSync(file, "r+");
    const { size } = statSync(file);
    const from = 4_096 * 30;
    writeSync(handle, Buffer.alloc(size - from, 0xff), 0, size - from, from);
    closeSync(handle);
    const damaged = await openSqliteStore(file);
    t.after(() => damaged.close());
    const listing = damaged.list({ filter: {}, limit: 500, payloads: true });
    await assert.rejects(listing, { reason: "STORE_DOWN", message: /store\.db can't be used: it is damaged/ });
  });

  it("in a folder that does not exist, and a folder itself, are refused", async (t) => {
    const folder = temporaryFolder(t);
    await refuses(join(folder, "missing", "store.db"), /the folder .*missing does not exist: make it/);
    mkdirSync(join(folder, "store.db"));
    await refuses(join(folder, "store.db"), /it is not a file/);
  });

  it("that is read-only is refused, whether it is the file or its folder", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "store.db");
    await (await openSqliteStore(file)).close();
    chmodSync(file, 0o444);
    assert.match(
      openAsNobody(folder, file),
      /STORE_DOWN.*store\.db can't be used: .*store\.db is read-only: give this user the right/,
    );
    chmodSync(file, 0o666);
    chmodSync(folder, 0o555);
    assert.match(
      openAsNobody(folder, file),
      /STORE_DOWN.*is read-only: give this user the right to write the file and its folder/,
    );
    chmodSync(folder, 0o755);
  });

  it("twice migrates it once, and keeps what is in it", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const first = await openSqliteStore(file);
    await first.create([item(onceJob("kept", DUE))]);
    await first.close();
    const db = new Connection(file, 10);
    const before = db.all("SELECT type, name, sql FROM sqlite_schema ORDER BY name");
    migrate(db);
    assert.equal(db.get("PRAGMA user_version")?.[0], MIGRATIONS.length);
    assert.deepEqual(db.all("SELECT type, name, sql FROM sqlite_schema ORDER BY name"), before);
    db.close();
    const second = await openSqliteStore(file);
    t.after(() => second.close());
    assert.equal((await second.get("kept"))?.slug, "kept");
  });

  it("whose migration fails half way is as before", (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const db = new Connection(file, 10);
    t.after(() => db.close());
    migrate(db, ["CREATE TABLE one (a)"]);
    assert.throws(
      () => migrate(db, ["CREATE TABLE one (a)", "CREATE TABLE two (a); CREATE TABLE one (a)"]),
      /already exists/,
    );
    assert.equal(db.get("PRAGMA user_version")?.[0], 1);
    assert.deepEqual(db.all("SELECT name FROM sqlite_schema"), [["one"]]);
    migrate(db, ["CREATE TABLE one (a)", "CREATE TABLE two (a)"]);
    assert.equal(db.get("PRAGMA user_version")?.[0], 2);
  });

  it("syncs its log at each commit, on the connection that writes", async (t) => {
    const said = t.mock.method(Connection.prototype, "exec");
    const engine = await openFile(join(temporaryFolder(t), "store.db"), 5_000);
    t.after(() => engine.close());
    // Both belong to a connection, not to the file: another one would tell its own.
    const { db } = engine as unknown as { readonly db: Connection };
    assert.equal(db.get("PRAGMA journal_mode")?.[0], "wal");
    // 2 is FULL. A process that is killed loses nothing with less; a machine that loses its power does.
    assert.equal(db.get("PRAGMA synchronous")?.[0], 2);
    // And not by the grace of how this SQLite was built.
    assert.ok(said.mock.calls.some((call) => call.arguments[0] === "PRAGMA synchronous = FULL"));
  });

  it("is looked at in one state: another process that makes it meanwhile is not a foreign program", (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const [maker, looker] = [new Connection(file, 10), new Connection(file, 10)];
    t.after(() => maker.close());
    t.after(() => looker.close());
    maker.all("PRAGMA journal_mode = WAL");
    const read = t.mock.method(looker, "get", (sql: string) => {
      const row = Connection.prototype.get.call(looker, sql);
      if (sql === "PRAGMA application_id") migrate(maker);
      return row;
    });
    migrate(looker);
    assert.ok(read.mock.callCount() > 3);
    assert.equal(maker.get("PRAGMA user_version")?.[0], MIGRATIONS.length);
  });

  it("many at once, while it is made: all have it", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const stores = await Promise.all(Array.from({ length: 6 }, () => openSqliteStore(file, { patienceMs: 30_000 })));
    await Promise.all(stores.map((store, n) => store.create([item(onceJob(`job-${n}`, DUE))])));
    const { items } = (await stores[0]?.list({ filter: {}, limit: 100, payloads: false })) ?? { items: [] };
    assert.equal(items.length, 6);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("that is moved away under it: nothing more is acknowledged, until it is back", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "store.db");
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    await store.create([item(onceJob("before", DUE))]);
    renameSync(file, join(folder, "away.db"));
    const lost = store.create([item(onceJob("lost", DUE))]);
    await assert.rejects(lost, { reason: "STORE_DOWN", message: /was moved, deleted or replaced while it was open/ });
    renameSync(join(folder, "away.db"), file);
    assert.deepEqual(await store.create([item(onceJob("after", DUE))]), [{ status: "created" }]);
    rmSync(file);
    await assert.rejects(store.renewLease("any"), { reason: "STORE_DOWN" });
  });

  it("a closed store answers nothing", async (t) => {
    const store = await openSqliteStore(join(temporaryFolder(t), "store.db"));
    const last = store.create([item(onceJob("last", DUE))]);
    await store.close();
    await store.close();
    assert.deepEqual(await last, [{ status: "created" }]);
    await assert.rejects(store.get("last"), { reason: "STORE_DOWN", message: /is closed/ });
    await assert.rejects(store.sweep(), { reason: "STORE_DOWN" });
  });
});

/** What opening says to a user who is not the superuser, whom no permission stops. */
function openAsNobody(folder: string, file: string): string {
  const superuser = process.getuid?.() === 0;
  if (superuser) spawnSync("chown", ["-R", "65534:65534", folder]);
  const module = new URL("../../src/store/sqlite/engine/open-file.js", import.meta.url).href;
  const script = `(await import(${JSON.stringify(module)})).openFile(${JSON.stringify(file)}, 0).then(() => console.log("opened"), (error) => console.log(error.reason, error.message))`;
  const identity = superuser ? { uid: 65_534, gid: 65_534 } : {};
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    cwd: "/",
    ...identity,
  });
  return stdout || stderr;
}
