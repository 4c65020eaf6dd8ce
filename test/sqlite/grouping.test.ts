import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { silentLog } from "../../src/core/log.js";
import type { WriteCall, WriteReply } from "../../src/store/sqlite/engine/operations.js";
import type { Executor } from "../../src/store/sqlite/executor.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { WriteQueue } from "../../src/store/sqlite/write-queue.js";
import { created, engineFile, write } from "./engine-file.js";
import { finished, item, onceJob, request, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");

/** A queue over replies that the test gives. */
function queueOver(
  replies: ((calls: readonly WriteCall[]) => WriteReply | Promise<WriteReply>)[],
  patienceMs = 60_000,
) {
  const asked: number[] = [];
  const executor: Executor = {
    write: async (calls) => {
      asked.push(calls.length);
      const reply = replies.shift();
      if (!reply) throw new Error("asked once too often");
      return await reply(calls);
    },
    read: () => Promise.reject(new Error("no reads here")),
    close: async () => {},
  };
  const commits: number[] = [];
  const onCommit = (writes: number) => void commits.push(writes);
  const queue = new WriteQueue(executor, { file: "store.db", log: silentLog, patienceMs, onCommit });
  return { queue, asked, commits };
}

const call: WriteCall = { name: "sweep", args: [0] };
const done = (calls: readonly WriteCall[]): WriteReply => ({ answers: calls.map((_, at) => at), faults: [] });
const busy = (): WriteReply => ({ failure: "busy", message: "busy" });

const turn = () => new Promise(setImmediate);

function gate(): { readonly finish: () => void; readonly underWay: Promise<void> } {
  let finish: () => void = () => {};
  const underWay = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { finish: () => finish(), underWay };
}

describe("writes of one turn", () => {
  it("are one commit, however many they are", async (t) => {
    const commits: number[] = [];
    const file = join(temporaryFolder(t), "store.db");
    const store = await openSqliteStore(file, { onCommit: (writes) => commits.push(writes) });
    t.after(() => store.close());
    const lease = await store.openLease({ serverId: "s", ttlMs: 1_000, version: "" });
    commits.length = 0;
    const slugs = Array.from({ length: 100 }, (_, n) => `job-${n}`);
    await Promise.all(slugs.map((slug) => store.create([item(onceJob(slug, DUE))])));
    assert.deepEqual(commits, [100]);
    const locked = await store.lock(request(lease, DUE, 100));
    commits.length = 0;
    await Promise.all([
      ...locked.map((job) => store.release([finished(job, DUE)])),
      store.create([item(onceJob("next", DUE))]),
      store.renewLease(lease),
    ]);
    assert.deepEqual(commits, [102]);
  });

  it("and those of later turns, while one is under way, are the next commit", async () => {
    const { finish, underWay } = gate();
    const { queue, commits } = queueOver([(calls) => underWay.then(() => done(calls)), done]);
    const first = queue.write(1, call);
    await turn();
    const second = queue.write(1, call);
    await turn();
    const third = queue.write(1, call);
    await turn();
    finish();
    assert.deepEqual(await Promise.all([first, second, third]), [0, 0, 1]);
    assert.deepEqual(commits, [1, 2]);
  });

  it("go ahead while one is under way where they are many, but two at most", async () => {
    const { finish, underWay } = gate();
    const later = (calls: readonly WriteCall[]) => underWay.then(() => done(calls));
    const { queue, asked } = queueOver([later, later, done]);
    const writes = [queue.write(1, call)];
    for (const weight of [99, 1, 500]) {
      await turn();
      writes.push(queue.write(weight, call));
    }
    await turn();
    assert.deepEqual(asked, [1, 2]);
    finish();
    await Promise.all(writes);
    assert.deepEqual(asked, [1, 2, 1]);
  });

  it("of great weight are parted", async () => {
    const { queue, asked } = queueOver([done, done]);
    await Promise.all([queue.write(800, call), queue.write(200, call), queue.write(1, call)]);
    assert.deepEqual(asked, [2, 1]);
  });

  it("wait for another process, and then go on together with later ones", async () => {
    const { queue, asked } = queueOver([busy, busy, done]);
    const first = queue.write(1, call);
    await turn();
    const second = queue.write(1, call);
    assert.deepEqual(await Promise.all([first, second]), [0, 1]);
    assert.deepEqual(asked, [1, 2, 2]);
  });

  it("fail as STORE_DOWN once they have waited too long, and later ones are written", async () => {
    const { queue } = queueOver([busy, done], -1);
    await assert.rejects(queue.write(1, call), { reason: "STORE_DOWN", message: "busy", facts: { file: "store.db" } });
    assert.equal(await queue.write(1, call), 0);
  });

  it("one that is wrong does not spoil its neighbours", async (t) => {
    const { engine, db } = await engineFile(t);
    const good = (slug: string): WriteCall => ({ name: "create", args: [created(onceJob(slug, DUE))] });
    const wrong = onceJob("wrong", new Date(Number.NaN));
    // Its first job is written before the second is refused: that one must go too.
    const half: WriteCall = { name: "create", args: [created(onceJob("half", DUE, { kind: "new kind" }), wrong)] };
    const reply = engine.write([good("a"), half, good("b")]);
    assert.ok("answers" in reply, "the transaction failed");
    assert.deepEqual(
      reply.faults.map(({ at }) => at),
      [1],
    );
    assert.deepEqual(db.all("SELECT slug FROM job_state ORDER BY slug"), [["a"], ["b"]]);
    assert.deepEqual(db.all("SELECT name FROM kind_names"), [["mail"]]);
    // The kind's number that was drawn in vain is not used.
    write(engine, "create", created(onceJob("c", DUE, { kind: "new kind" })));
    assert.equal(
      db.get("SELECT n.name FROM job_state s JOIN kind_names n ON n.id = s.kind_id WHERE slug = 'c'")?.[0],
      "new kind",
    );
  });

  it("a wrong write rejects alone, and says which it was", async (t) => {
    const store = await openSqliteStore(join(temporaryFolder(t), "store.db"));
    t.after(() => store.close());
    const [wrong, good] = await Promise.allSettled([
      store.create([item(onceJob("wrong", new Date(Number.NaN)))]),
      store.create([item(onceJob("good", DUE))]),
    ]);
    assert.match(
      String(wrong.status === "rejected" && wrong.reason),
      /the store refused create: NOT NULL constraint failed/,
    );
    assert.deepEqual(good, { status: "fulfilled", value: [{ status: "created" }] });
  });

  it("a full disk fails them with what to do, and they go on by themselves once there is room", async (t) => {
    const { engine, db, path } = await engineFile(t);
    write(engine, "create", created(onceJob("before", DUE)));
    const pages = Number(db.get("PRAGMA page_count")?.[0]);
    db.get(`PRAGMA max_page_count = ${pages + 4}`);
    const large: WriteCall = {
      name: "create",
      args: [created(onceJob("large", DUE, { payload: new Uint8Array(1 << 20) }))],
    };
    const reply = engine.write([large]);
    assert.ok("failure" in reply, "it fitted");
    assert.equal(reply.failure, "down");
    assert.ok(reply.message.includes(path) && /disk is full: make room/.test(reply.message), reply.message);
    db.get("PRAGMA max_page_count = 1000000");
    assert.ok("answers" in engine.write([large]));
    assert.deepEqual(db.all("SELECT slug FROM job_state ORDER BY slug"), [["before"], ["large"]]);
  });
});
