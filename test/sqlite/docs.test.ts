import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Connection } from "../../src/store/sqlite/engine/connection.js";
import { inUse } from "../../src/store/sqlite/engine/other-hosts.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { root } from "../repo/tree.js";
import { runsByToken } from "./acknowledged.js";
import { Child } from "./child.js";
import { finished, item, onceJob, request, temporaryFolder } from "./fixtures.js";
import { Puppet } from "./puppet.js";

const page = readFileSync(join(root, "docs/sqlite.md"), "utf8");
const DUE = new Date("2026-01-01T00:00:00Z");

describe("docs/sqlite.md", () => {
  it("names the files that are there while a server runs, and of those only one stays", async (t) => {
    const folder = temporaryFolder(t);
    // Several times: which of a process's handles is closed last is not the same each time.
    for (let start = 0; start < 4; start++) {
      const puppet = await Puppet.start(t, join(folder, "FILE"));
      const lease = await puppet.open();
      const files = ["FILE", `FILE-lease-${lease}`, "FILE-shm", "FILE-wal"];
      assert.deepEqual(readdirSync(folder).sort(), files);
      for (const file of files) assert.ok(page.includes(`| \`${file.replace(lease, "ID")}\` |`), file);
      await puppet.ask("leave");
      puppet.child.process.stdin?.end();
      await puppet.child.ended;
      assert.deepEqual(readdirSync(folder), ["FILE"]);
    }
  });

  it("says what a refused start says", () => {
    const says = /tickwire: (the SQLite file .*) \.\.\.$/m.exec(page)?.[1] ?? assert.fail("it is not there");
    const stranger = { id: "", seq: 1, ttlMs: 1, server: "web-1-9f2c", host: "web-1" };
    const { message } = inUse("/data/tickwire.db", stranger, { name: "web-2", boot: "" });
    assert.ok(message.startsWith(says), message);
  });

  it("has the commands of a backup, which hold all that was acknowledged before them", async (t) => {
    const commands = /```sh\n([\s\S]*?)```/.exec(page)?.[1]?.trim().split("\n") ?? [];
    assert.equal(commands.length, 2);
    for (const line of commands) await backUp(t, line);
  });

  it("has the sizes", async (t) => {
    const [job, run] = [/about (\d+) bytes and its payload/, /about (\d+) bytes and its error/].map((size) =>
      Number(size.exec(page)?.[1]),
    );
    const file = join(temporaryFolder(t), "store.db");
    const count = 5_000;
    const empty = await sizeAfter(file, async () => {});
    const stored = await sizeAfter(file, async (store) => {
      const slugs = Array.from({ length: count }, (_, n) => `job-${n}`);
      await store.create(slugs.map((slug) => item(onceJob(slug, DUE))));
    });
    const ran = await sizeAfter(file, async (store) => {
      const lease = await store.openLease({ serverId: "s", ttlMs: 1_000, version: "" });
      const jobs = await store.lock(request(lease, DUE, count));
      await store.release(jobs.map((one) => finished(one, DUE)));
      await store.closeLease(lease);
    });
    near((stored - empty) / count, job ?? 0);
    near((ran - empty) / count, run ?? 0);
  });
});

function near(measured: number, said: number): void {
  assert.ok(measured > said * 0.8 && measured < said * 1.2, `${measured} bytes, not ${said}`);
}

/** In bytes, without the room that was freed. */
async function sizeAfter(file: string, work: (store: Awaited<ReturnType<typeof openSqliteStore>>) => Promise<void>) {
  const store = await openSqliteStore(file);
  await work(store);
  await store.close();
  const db = new Connection(file, 1_000);
  db.exec("VACUUM");
  const size = Number(db.get("PRAGMA page_count")?.[0]) * 4_096;
  db.close();
  return size;
}

/** Runs a command of the page in a folder whose `tickwire.db` is being written. */
async function backUp(t: TestContext, line: string): Promise<void> {
  const folder = temporaryFolder(t);
  const file = join(folder, "tickwire.db");
  const child = new Child("writer", file, "busy");
  t.after(() => child.kill());
  const said: string[] = [];
  while (said.length < 400) said.push((await child.next()) ?? assert.fail("the child ended by itself"));
  const { error, status, stderr } = spawnSync("sh", ["-c", line], { cwd: folder, encoding: "utf8" });
  await child.kill();
  if (status === 127) return t.diagnostic(`the command sqlite3 is not here: ${line}`);
  assert.equal(status, 0, `${error} ${stderr}`);
  const backup = join(folder, "backup.db");
  assert.ok(statSync(backup).size > 0);
  const store = await openSqliteStore(backup);
  t.after(() => store.close());
  // It holds what was acknowledged before the command began, and some of what came after.
  const ended = new Set((await runsByToken(store)).values());
  for (const line of said) {
    const [what, slug = ""] = line.split(" ");
    if (what === "created") assert.ok(ended.has(slug) || (await store.get(slug)), `${slug} is lost`);
    if (what === "released") assert.ok(ended.has(slug), `${slug} has no run`);
  }
}
