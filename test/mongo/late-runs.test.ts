import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { deleteJob } from "../../src/core/edits.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import type { Store } from "../../src/store/store.js";
import { TestClock } from "../store/suite/clock.js";
import { editing, job, put } from "../store/suite/jobs.js";
import { claimOne, ending, finish, open, release, runsOf, type Task } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

/** What stores a run, each in its way. */
const WAYS: Readonly<Record<string, (store: Store, out: Task) => Promise<unknown>>> = {
  "a result": (store, out) => finish(store, out),
  "a caller's delete": (store) => store.edit(["a"], (one) => deleteJob(one, "", editing(new Date()))),
};

describe("a run that is stored long after its place was made", () => {
  for (const [what, way] of Object.entries(WAYS)) {
    for (const seconds of [2, 30]) {
      it(`${what}, stored ${seconds} s late: whoever follows the history finds it once`, { skip }, async (t) => {
        const data = mongoData("uri" in server ? server.uri : "");
        const clock = new TestClock();
        let late = false;
        const store = await openMongoStore(data.url, {
          clock: () => clock.now(),
          onCommand: (name, state) => {
            if (!late || name !== "insert" || state !== "sent") return;
            late = false;
            clock.turn(seconds);
          },
        });
        const other = await data.open(() => clock.now());
        t.after(async () => {
          await Promise.all([store.close(), other.close()]);
          await data.remove();
        });
        await put(store, job("a"));
        const out = await claimOne(store, { lease: await open(store), now: clock.now() });
        late = true;
        await way(store, out);
        assert.equal(late, false, "nothing was inserted");
        const { settled } = await other.runPlaces({ filter: {}, limit: 10 });
        const { items } = await other.runPlaces({ filter: {}, after: settled, limit: 10 });
        assert.deepEqual(
          items.map(({ token }) => token),
          [out.lock.token],
        );
        assert.equal((await runsOf(other)).length, 1);
      });
    }
  }

  it("one whose process died in between gets another place from whoever completes it", { skip }, async (t) => {
    const data = mongoData("uri" in server ? server.uri : "");
    const clock = new TestClock();
    const store = await data.open(() => clock.now());
    t.after(async () => {
      await store.close();
      await data.remove();
    });
    await put(store, job("a"));
    const out = await claimOne(store, { lease: await open(store), now: clock.now() });
    await data.half(ending(out));
    clock.turn(60);
    const { settled, items } = await store.runPlaces({ filter: {}, limit: 10 });
    assert.deepEqual(items, []);
    await release(store, ending(out));
    const found = await store.runPlaces({ filter: {}, after: settled, limit: 10 });
    assert.deepEqual(
      found.items.map(({ token }) => token),
      [out.lock.token],
    );
  });
});
