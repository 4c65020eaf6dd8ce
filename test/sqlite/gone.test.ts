import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import type { Store } from "../../src/store/store.js";
import { newToken } from "../../src/store/store.js";
import { finished, item, onceJob, temporaryFolder } from "./fixtures.js";
import { Puppet } from "./puppet.js";

const DUE = new Date("2026-01-01T00:00:00Z");
const SERVER = { serverId: "here", ttlMs: 600_000, version: "" };

type Ending = { after(done: () => unknown): void };

async function opened(t: Ending) {
  // A name that means something else in a URL.
  const file = join(temporaryFolder(t), "it's 100%41 #1?mode=ro.db");
  await (await openSqliteStore(file)).close();
  const store = await openSqliteStore(file);
  t.after(() => store.close());
  return { file, store };
}

async function stateOf(store: Store, lease: string): Promise<string | undefined> {
  return (await store.leases()).find(({ id }) => id === lease)?.state;
}

const sideOf = (file: string, lease: string) => `${file}-lease-${lease}`;
const sides = (folder: string) => readdirSync(folder).filter((name) => name.includes("-lease-"));

describe("a server on the same SQLite file", () => {
  it("that is killed is found at the first look, and nobody waits for its lease's time", async (t) => {
    const { file, store } = await opened(t);
    await store.create(["a", "b"].map((slug) => item(onceJob(slug, DUE))));
    const puppet = await Puppet.start(t, file);
    const lease = await puppet.open();
    assert.deepEqual(await puppet.ask("lock"), ["a", "b"]);
    assert.equal(await stateOf(store, lease), "live");
    assert.deepEqual(await store.orphans(undefined, 10), []);
    await puppet.kill();
    assert.equal(await stateOf(store, lease), "fenced");
    assert.deepEqual(
      (await store.orphans(undefined, 10)).map(({ slug }) => slug),
      ["a", "b"],
    );
    assert.equal(await store.takeOver(lease, 1), false);
    assert.ok(!existsSync(sideOf(file, lease)));
  });

  it("48 that is stopped lives, until its counter says otherwise; then it changes nothing any more", async (t) => {
    const { file, store } = await opened(t);
    await store.create(["a", "b", "c"].map((slug) => item(onceJob(slug, DUE))));
    const puppet = await Puppet.start(t, file);
    const lease = await puppet.open();
    assert.deepEqual(await puppet.ask("lock"), ["a", "b", "c"]);
    puppet.child.process.kill("SIGSTOP");
    for (let looks = 0; looks < 5; looks++) assert.equal(await stateOf(store, lease), "live");
    assert.equal(await store.takeOver(lease, 1), true);
    await store.sweep();
    assert.ok(existsSync(sideOf(file, lease)), "its file was removed while it holds it");
    const lost = (await store.orphans(undefined, 10)).map((job) => finished(job, DUE, "lost", "server"));
    assert.deepEqual(await store.release(lost.map((write) => ({ ...write, lease }))), [
      { status: "recorded" },
      { status: "recorded" },
      { status: "recorded" },
    ]);
    await store.create([item(onceJob("d", DUE))]);
    puppet.child.process.kill("SIGCONT");
    assert.equal(await puppet.ask("renew"), false);
    assert.deepEqual(await puppet.ask("lock"), []);
    assert.deepEqual(await puppet.ask("lose"), ["stale", "stale", "stale"]);
    assert.deepEqual(await puppet.ask("release"), ["stale", "stale", "stale"]);
    assert.equal((await store.listRuns({ filter: {}, limit: 10, results: false })).items.length, 3);
    await puppet.ask("leave");
    assert.ok(!existsSync(sideOf(file, lease)));
    assert.notEqual(await puppet.open(), lease);
    assert.deepEqual(await puppet.ask("lock"), ["d"]);
  });

  for (const threads of [
    [true, true],
    [false, true],
    [false, false],
  ]) {
    it(`in one process: each handle has locks of its own (threads: ${threads.join()})`, async (t) => {
      const folder = temporaryFolder(t);
      const file = join(folder, "store.db");
      const [one, other] = await Promise.all(threads.map((thread) => openSqliteStore(file, { thread })));
      assert.ok(one && other);
      t.after(() => other.close());
      const [left, closed, kept] = [
        await one.openLease(SERVER),
        await one.openLease(SERVER),
        await other.openLease(SERVER),
      ];
      for (const store of [one, other, other, one]) {
        assert.deepEqual(
          (await store.leases()).map(({ state }) => state),
          ["live", "live", "live"],
        );
      }
      await one.closeLease(left);
      assert.deepEqual(sides(folder).sort(), [closed, kept].map((lease) => `store.db-lease-${lease}`).sort());
      await one.close();
      assert.equal(await stateOf(other, closed), "fenced");
      assert.equal(await stateOf(other, left), "left");
      assert.equal(await stateOf(other, kept), "live");
      await other.closeLease(kept);
      assert.deepEqual(sides(folder), []);
    });
  }

  it("whose side file somebody has removed is not taken for dead", async (t) => {
    const { file, store } = await opened(t);
    const puppet = await Puppet.start(t, file);
    const lease = await puppet.open();
    rmSync(sideOf(file, lease));
    assert.equal(await stateOf(store, lease), "live");
    assert.ok(!existsSync(sideOf(file, lease)), "looking has made the file");
    assert.equal(await puppet.ask("renew"), true);
    await puppet.kill();
    assert.equal(await stateOf(store, lease), "live");
    assert.equal(await store.takeOver(lease, 2), true);
  });

  it("that opened it by another name is found as well", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "store.db");
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    symlinkSync(file, join(folder, "link.db"));
    const puppet = await Puppet.start(t, join(folder, "link.db"));
    const lease = await puppet.open();
    assert.equal(await stateOf(store, lease), "live");
    await puppet.kill();
    assert.equal(await stateOf(store, lease), "fenced");
  });

  it("that was killed leaves a file at most, which the next start or sweep removes; held ones stay", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "store.db");
    const foreign = `${file}-lease-notes.txt`;
    writeFileSync(foreign, "");
    writeFileSync(sideOf(file, newToken()), "");
    const store = await openSqliteStore(file);
    t.after(() => store.close());
    assert.deepEqual(sides(folder), ["store.db-lease-notes.txt"]);
    rmSync(foreign);
    const puppet = await Puppet.start(t, file);
    const [own, other] = [await store.openLease(SERVER), await puppet.open()];
    writeFileSync(sideOf(file, newToken()), "");
    await store.sweep();
    assert.deepEqual(sides(folder).sort(), [own, other].map((lease) => `store.db-lease-${lease}`).sort());
    // Ended by its counter while its process holds the file; then the process goes.
    assert.equal(await store.takeOver(other, 1), true);
    await store.sweep();
    assert.equal(sides(folder).length, 2);
    await puppet.kill();
    await store.sweep();
    assert.deepEqual(sides(folder), [`store.db-lease-${own}`]);
  });

  it("is told to whoever reads the log", async (t) => {
    const file = join(temporaryFolder(t), "store.db");
    const said: unknown[] = [];
    const warn = (facts: object, message: string) => void said.push([message, facts]);
    const store = await openSqliteStore(file, { log: { debug() {}, info() {}, error() {}, warn } });
    t.after(() => store.close());
    const puppet = await Puppet.start(t, file);
    const lease = await puppet.open();
    await puppet.kill();
    await store.leases();
    await store.leases();
    assert.deepEqual(said, [["a server on this host is gone; its lease was taken over", { lease, file }]]);
  });
});
