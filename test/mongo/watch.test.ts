import assert from "node:assert/strict";
import { after, it } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { Listener } from "../database/listener.js";
import { at } from "../store/suite/clock.js";
import { job, kind, put, range } from "../store/suite/jobs.js";
import { BehindProxy } from "./behind-proxy.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

it("53 who wrote a notice is known of each, whatever came before the change stream was open", {
  skip,
  timeout: 60_000,
}, async () => {
  await using world = await BehindProxy.open(uri);
  const { store, direct } = world;
  await store.putKind(kind("own"), undefined);
  const opening = world.hold("aggregate");
  await using listener = new Listener(store);
  await opening.reached;
  await direct.putKind(kind("missed"), undefined);
  opening.go();
  await listener.open(direct);
});

it("53 a change stream that breaks and can't go on throws, can be opened anew, and nothing depends on it", {
  skip,
  timeout: 60_000,
}, async () => {
  await using world = await BehindProxy.open(uri);
  const { store, direct, proxy } = world;
  await using first = await new Listener(store).open(direct);
  proxy.down();
  await assert.rejects(first.ended, { reason: "STORE_DOWN" });
  // A notice that nobody hears: the job is found all the same.
  await put(direct, job("a"));
  proxy.up();
  assert.deepEqual(await store.nextRun(["mail"]), at(0));
  await using second = await new Listener(store).open(direct);
  await direct.putKind(kind("k"), undefined);
  await second.until(({ kindsChanged }) => kindsChanged);
});

it("54 a storm of creates is at most 50 notices a second, and the first goes out at once", { skip }, async () => {
  const data = mongoData(uri);
  const sent: { name: string; atMs: number }[] = [];
  const store = await openMongoStore(data.url, {
    clock: () => at(0),
    onCommand: (name, what) => {
      if (what === "sent") sent.push({ name, atMs: performance.now() });
    },
  });
  try {
    const began = performance.now();
    for (const n of range(20)) await put(store, ...range(250).map((m) => job(`j${n}-${m}`, { kind: `k${m % 7}` })));
    const tookMs = performance.now() - began;
    const notices = sent.filter(({ name }) => name === "update");
    assert.ok(notices.length >= 2 && notices.length <= 1 + tookMs / 20, `${notices.length} in ${tookMs} ms`);
    for (const [n, { atMs }] of notices.entries()) assert.ok(n === 0 || atMs - (notices[n - 1]?.atMs ?? 0) > 18);
    // Whoever knows to be alone tells nobody.
    await store.leases();
    sent.length = 0;
    await put(store, job("alone"));
    assert.deepEqual(
      sent.map(({ name }) => name),
      ["insert"],
    );
  } finally {
    await store.close();
    await data.remove();
  }
});

it("a standalone server is refused, saying what to do, unless it is allowed; it has no change streams, and says so once", {
  timeout: 60_000,
}, async (t) => {
  const alone = await mongoServer({ mayKill: true, standalone: true });
  if ("skip" in alone) return t.skip(alone.skip);
  await using _ = alone;
  await assert.rejects(openMongoStore(alone.uri), {
    reason: "STORE_DOWN",
    message: /not a member of a replica set.*--replSet.*rs\.initiate\(\).*TICKWIRE_MONGODB_ALLOW_STANDALONE=1/,
  });
  const logged: string[] = [];
  const line = (_facts: object, message: string): void => void logged.push(message);
  const store = await openMongoStore(alone.uri, {
    allowStandalone: true,
    log: { ...silentLog, info: line, warn: line },
  });
  try {
    assert.match(logged.splice(0).join(), /^MongoDB is a standalone server: it can lose writes that it acknowledged$/);
    for await (const _wake of store.watch(AbortSignal.timeout(30_000))) assert.fail("it has no change streams");
    assert.deepEqual(logged, ["MongoDB has no change streams here; servers learn of each other's writes by polling"]);
    await put(store, job("a"));
    assert.deepEqual(await store.nextRun(["mail"]), at(0));
  } finally {
    await store.close();
  }
});
