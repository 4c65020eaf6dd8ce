import assert from "node:assert/strict";
import { test } from "node:test";
import type { Wake } from "../../src/store/store.js";
import { type House, inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

/** Notices as a store with several servers gives them, by hand. */
function noticesOf(house: House): { tell: (wake: Wake) => void; fail: () => void; opened: () => number } {
  let tell: (wake: Wake | Error) => void = () => {};
  let opened = 0;
  house.store.watch = async function* () {
    opened++;
    for (;;) {
      const next = await new Promise<Wake | Error>((resolve) => {
        tell = resolve;
      });
      if (next instanceof Error) throw next;
      yield next;
    }
  };
  return { tell: (wake) => tell(wake), fail: () => tell(new Error("cut")), opened: () => opened };
}

test(
  "another server's notice is looked at within 5 ms, long before the poll",
  inHouse(
    async (house) => {
      const notices = noticesOf(house);
      const server = await house.server();
      const stream = house.worker({ kinds: { mail: undefined, other: undefined } }).connect(server.dispatch);
      await ready();
      await house.store1("a");
      notices.tell({ kinds: ["mail"], cancels: false, kindsChanged: false });
      await house.clock.advance(6);
      assert.equal(stream.tasks.length, 1);
      await house.store1("b", { kind: "other" });
      notices.tell({ cancels: false, kindsChanged: false });
      await house.clock.advance(6);
      assert.equal(stream.tasks.length, 2, "of which kind is not known: all are asked");
    },
    { pollMs: 60_000 },
  ),
);

test(
  "a notice that kinds changed is carried out at once: a paused kind gets nothing more",
  inHouse(
    async (house) => {
      const notices = noticesOf(house);
      const server = await house.server();
      const stream = house.worker().connect(server.dispatch);
      await ready();
      const at = house.time();
      const kind = { name: "mail", description: "", policy: {}, maxRunning: 0, createdAt: at, updatedAt: at };
      await house.store.putKind({ ...kind, etag: "1", pause: { reason: "", at } }, undefined);
      notices.tell({ kinds: [], cancels: false, kindsChanged: true });
      await house.clock.advance(6);
      assert.ok(server.dispatch.kinds.get("mail")?.pause);
      await house.schedule(server, "a");
      assert.equal(stream.tasks.length, 0);
    },
    { pollMs: 60_000 },
  ),
);

test(
  "notices that break are listened to again, ever more patiently; the poll covers meanwhile",
  inHouse(async (house) => {
    const notices = noticesOf(house);
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await ready();
    notices.fail();
    await ready();
    await house.store1("a");
    await house.clock.advance(1_010);
    assert.equal(stream.tasks.length, 1);
    assert.equal(notices.opened(), 2);
    for (let i = 0; i < 10; i++) {
      notices.fail();
      await house.clock.advance(30_000);
    }
    assert.equal(notices.opened(), 12);
    notices.fail();
    await house.clock.advance(20_000);
    assert.equal(notices.opened(), 12);
  }),
);

test(
  "without any notice a job is found by the poll",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.clock.advance(5_300);
    await house.store1("a");
    await house.clock.advance(1_000);
    assert.equal(stream.tasks.length, 1);
  }),
);
