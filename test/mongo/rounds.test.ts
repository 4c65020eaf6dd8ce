import assert from "node:assert/strict";
import { after, it } from "node:test";
import { openMongoStore } from "../../src/store/mongo/store.js";
import type { Store } from "../../src/store/store.js";
import { at } from "../store/suite/clock.js";
import { job, put, range } from "../store/suite/jobs.js";
import { claim, ending, open } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

/** Commands, in rounds: those that are out at the same time are one. */
class Rounds {
  commands: string[] = [];
  count = 0;
  #out = 0;

  readonly heard = (name: string, what: "sent" | "answered"): void => {
    if (what === "answered") {
      this.#out--;
      return;
    }
    if (this.#out++ === 0) this.count++;
    this.commands.push(name);
  };

  forget(): void {
    this.commands = [];
    this.count = 0;
  }
}

/** A server that knows that it is the only one tells nobody of its jobs. */
async function openAlone(store: Store): Promise<string> {
  const lease = await open(store);
  await store.leases();
  return lease;
}

for (const kinds of [1, 3]) {
  it(`from claim to receipt 500 tasks of ${kinds} kinds take 4 rounds, and as many commands as 5 tasks do`, {
    skip,
  }, async () => {
    const data = mongoData("uri" in server ? server.uri : "");
    const rounds = new Rounds();
    const store = await openMongoStore(data.url, { clock: () => at(0), onCommand: rounds.heard });
    const names = range(kinds).map((n) => `k${n}`);
    const lease = await openAlone(store);
    const batch = async (count: number): Promise<string[]> => {
      const shape = (n: number) => ({
        kind: names[n % kinds] as string,
        ...(n % 2 === 0 && { everyMs: 1_000 }),
        payload: new Uint8Array(1_000),
      });
      await put(store, ...range(count).map((n) => job(`${count}-${n}`, shape(n))));
      rounds.forget();
      const taken = await claim(store, { lease, now: at(0), kinds: names, room: Math.ceil(count / kinds), limit: 600 });
      assert.equal(taken.length, count);
      const results = await store.release(taken.map((out) => ending(out, { endedAt: at(0) })));
      assert.ok(results.every(({ status }) => status === "recorded"));
      assert.equal(rounds.count, 4);
      return rounds.commands.toSorted();
    };
    try {
      const few = await batch(6);
      assert.deepEqual(await batch(500), few);
      // The lease, each kind's due jobs, the locks; the runs, the guards; what goes on and what is over.
      assert.deepEqual(few, ["delete", ...range(kinds + 2).map(() => "find"), "insert", "update", "update"]);
    } finally {
      await store.close();
      await data.remove();
    }
  });
}

it("one place is one task: it is claimed by one findAndModify", { skip }, async () => {
  const data = mongoData("uri" in server ? server.uri : "");
  const rounds = new Rounds();
  const store = await openMongoStore(data.url, { clock: () => at(0), onCommand: rounds.heard });
  try {
    const lease = await openAlone(store);
    await put(store, job("a"), job("b"));
    rounds.forget();
    const taken = await claim(store, { lease, now: at(0), room: 1 });
    assert.deepEqual(
      taken.map(({ slug }) => slug),
      ["a"],
    );
    assert.deepEqual([rounds.count, rounds.commands], [2, ["find", "findAndModify"]]);
  } finally {
    await store.close();
    await data.remove();
  }
});
