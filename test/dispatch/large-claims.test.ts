import assert from "node:assert/strict";
import { test } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

/** Payloads that the store can answer at once, in bytes. */
const MOST_BYTES = 20_000_000;
const LARGE = 1_000_000;

test(
  "large jobs behind many small ones: a claim that the store can't answer in time is made again for fewer",
  inHouse(async (house) => {
    const { store } = house;
    const lock = store.lock.bind(store);
    store.lock = async (request) => {
      const due = await store.list({ filter: { states: ["scheduled"] }, limit: request.limit, payloads: true });
      const bytes = due.items.reduce((sum, { payload }) => sum + payload.length, 0);
      if (bytes > MOST_BYTES) throw new TickwireError("STORE_DOWN", "it took too long");
      return await lock(request);
    };
    const server = await house.server();
    const stream = house.worker({ maxTasks: 1_000 }).connect(server.dispatch);
    for (let n = 0; n < 200; n++) await house.schedule(server, `small-${n}`);
    assert.equal(stream.tasks.length, 200);
    for (let n = 0; n < 40; n++) await house.store1(`large-${n}`, { payload: new Uint8Array(LARGE) });
    server.dispatch.wake({ due: { kinds: ["mail"], at: house.time() } });
    await ready();
    await house.clock.advance(30_000);
    assert.equal(stream.tasks.length, 240);
  }),
);
