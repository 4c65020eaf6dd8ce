import assert from "node:assert/strict";
import { it } from "node:test";
import type { MongoClient } from "mongodb";
import { silentLog } from "../../src/core/log.js";
import { storeError } from "../../src/store/mongo/failure.js";
import { Line } from "../../src/store/mongo/line.js";

class FakeClient {
  closed = 0;

  async close(): Promise<void> {
    this.closed++;
  }
}

it("46 a call that the driver has forgotten ends at its bound, and its client is replaced once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const made: FakeClient[] = [];
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warned.push(message) };
  const make = (): MongoClient => {
    made.push(new FakeClient());
    return made.at(-1) as unknown as MongoClient;
  };
  const line = new Line(make, { database: "d", mostMs: 1_000, log });
  const never = () => new Promise<never>(() => {});
  const hung = [line.bound(never), line.bound(never)];
  const settled = Promise.allSettled(hung);
  assert.equal(await line.bound(async () => "answered"), "answered");
  await assert.rejects(
    line.bound(async () => {
      throw new Error("its own");
    }),
    /its own/,
  );
  t.mock.timers.tick(999);
  assert.equal(made.length, 1);
  t.mock.timers.tick(1);
  for (const one of await settled) {
    assert.equal(one.status, "rejected");
    assert.equal((one as PromiseRejectedResult).reason.reason, "STORE_DOWN");
  }
  assert.deepEqual([made.map(({ closed }) => closed), warned.length], [[1, 0], 1]);
  // What comes afterwards has its own time.
  const next = line.bound(never).catch(() => "hung");
  t.mock.timers.tick(1_000);
  assert.equal(await next, "hung");
  assert.deepEqual(
    made.map(({ closed }) => closed),
    [1, 1, 0],
  );
  // And none is made once it is closed, nor anything waited for.
  const last = line.bound(never);
  const ends = assert.rejects(last, { reason: "STORE_DOWN", message: /closed/ });
  await line.close();
  await ends;
  t.mock.timers.tick(1_000);
  assert.equal(made.length, 3);
});

it("50 what Node says of a socket that ends under a write is the store's, and the program's own mistakes are not", () => {
  for (const code of ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_SOCKET_CLOSED"]) {
    const error = Object.assign(new Error("This socket has been ended by the other party"), { code });
    assert.equal((storeError(error) as { reason?: string }).reason, "STORE_DOWN", code);
  }
  for (const error of [new TypeError("x"), Object.assign(new TypeError("x"), { code: "ERR_INVALID_ARG_TYPE" })]) {
    assert.equal((storeError(error) as { reason?: string }).reason, undefined);
  }
});
