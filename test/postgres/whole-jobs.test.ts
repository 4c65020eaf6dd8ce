import assert from "node:assert/strict";
import { after, it } from "node:test";
import { pauseJob } from "../../src/core/edits.js";
import { silentLog } from "../../src/core/log.js";
import { WHOLE_JOBS } from "../../src/store/postgres/context.js";
import { Database, type Row, Statements } from "../../src/store/postgres/database.js";
import { at } from "../store/suite/clock.js";
import { editing, job, put, range } from "../store/suite/jobs.js";
import { claim, open, slugs, type Task } from "../store/suite/tasks.js";
import { postgresData } from "./data.js";
import { postgresServer } from "./server.js";
import { storeOn } from "./store-on.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

const JOBS = 2 * WHOLE_JOBS + 50;

/** Notes how many rows each statement has answered, and each statement. */
class Counting extends Database {
  most = 0;
  readonly texts = new Set<string>();

  override async rows(...given: Parameters<Database["rows"]>): Promise<Row[]> {
    const rows = await super.rows(...given);
    this.most = Math.max(this.most, rows.length);
    this.texts.add(given[0]);
    return rows;
  }
}

it("no statement answers more whole jobs than cross a line in its time, however many are asked for", {
  skip,
}, async () => {
  const data = postgresData(uri);
  await (await data.open(() => at(0))).close();
  const db = new Counting({ url: uri, connections: 2, statements: new Statements(data.schema), log: silentLog });
  const store = storeOn(db, db, data.schema);
  try {
    const names = range(JOBS).map((n) => `j${String(n).padStart(3, "0")}`);
    await put(store, ...names.map((name) => job(name, { everyMs: 1_000 })));
    const [lease, other] = [await open(store), await open(store)];
    const taken = (await claim(store, { lease, now: at(0) })) as Task[];
    // How many are claimed is its caller's to bound, who knows their sizes; a creation answers with its slugs.
    db.most = 0;

    const again = await store.create(names.map((name) => ({ job: job(name), retry: false })));
    assert.ok(again.every(({ status }) => status === "exists"));

    const held = taken.map(({ slug, lock }) => ({ slug, token: lock.token }));
    const adopted = await store.adopt([{ slug: "none", token: "none" }, ...held], other, 1);
    assert.equal(adopted[0], undefined);
    assert.deepEqual(
      adopted.slice(1).map((one) => [one?.slug, one?.lock?.lease]),
      names.map((name) => [name, other]),
    );

    const answers = await store.edit(names, (one) => pauseJob(one, "", editing(at(0))));
    assert.ok(answers.every(({ type }) => type === "done"));

    await store.closeLease(other);
    assert.deepEqual(slugs(await store.orphans(undefined, JOBS + 1)), names);
    assert.deepEqual(slugs(await store.orphans(undefined, JOBS)), names);
    assert.deepEqual(slugs(await store.orphans("j010", 150)), names.slice(11, 161));
    assert.ok(db.most <= WHOLE_JOBS, `${db.most} at once`);
  } finally {
    await store.close();
    await data.remove();
  }
});

it("pages of whatever size are few statements", { skip }, async () => {
  const data = postgresData(uri);
  await (await data.open(() => at(0))).close();
  const db = new Counting({ url: uri, connections: 1, statements: new Statements(data.schema), log: silentLog });
  const store = storeOn(db, db, data.schema);
  try {
    await put(store, ...range(300).map((n) => job(`j${String(n).padStart(3, "0")}`)));
    db.texts.clear();
    for (const limit of range(300)) {
      const { items, next } = await store.list({ filter: {}, limit: limit + 1, payloads: false });
      assert.deepEqual([items.length, next], [limit + 1, limit < 299 ? items.at(-1)?.slug : undefined]);
    }
    assert.ok(db.texts.size <= 12, `${db.texts.size} statements`);
  } finally {
    await store.close();
    await data.remove();
  }
});
