import assert from "node:assert/strict";
import { after, it } from "node:test";
import { cancelRun } from "../../src/core/edits.js";
import { Listener } from "../database/listener.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind, put, range } from "../store/suite/jobs.js";
import { claim, open } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** Resolves as `what`; rejects where it takes longer than a second. */
async function withinSecond<T>(what: Promise<T>): Promise<T> {
  const began = performance.now();
  const answer = await what;
  assert.ok(performance.now() - began < 1_000);
  return answer;
}

it("73 a create, a cancel and a kind of one server are heard by another within a second, and not by itself", {
  skip,
  timeout: 60_000,
}, async () => {
  const data = mongoData(uri);
  const [one, other, stranger] = await Promise.all(range(3).map(() => data.open(() => at(0))));
  assert.ok(one && other && stranger);
  try {
    await using own = await new Listener(one).open(stranger);
    await using others = await new Listener(other).open(stranger);
    await put(one, job("a"), job("b", { kind: "other", dueAt: at(60) }));
    const wake = await withinSecond(others.until(({ kinds }) => kinds?.includes("mail") ?? false));
    assert.deepEqual(wake, { kinds: ["mail", "other"], cancels: false, kindsChanged: false });
    await one.putKind(kind("mail"), undefined);
    await withinSecond(others.until(({ kindsChanged }) => kindsChanged));
    await claim(one, { lease: await open(one), now: at(0) });
    await one.edit(["a"], (out) => cancelRun(out, "", editing(at(0))));
    await withinSecond(others.until(({ cancels }) => cancels));
    await stranger.putKind(kind("last"), undefined);
    await own.until(({ kindsChanged }) => kindsChanged);
    // Strangers' changes of kinds, and nothing of what it has done itself.
    assert.ok(
      own.heard.every(({ kinds, cancels }) => !cancels && kinds?.length === 0),
      JSON.stringify(own.heard),
    );
  } finally {
    for (const store of [one, other, stranger]) await store.close();
    await data.remove();
  }
});
