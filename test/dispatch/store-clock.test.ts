import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

for (const when of ["before", "after"] as const) {
  test(
    `a store far away, whose clock is read ${when} the way back: nothing is claimed early by its clock, and late by the round trip at most`,
    inHouse(async (house) => {
      const now = house.store.now.bind(house.store);
      const wait = () => new Promise<void>((resolve) => house.clock.after(40, resolve));
      house.store.now = async () => {
        if (when === "after") await wait();
        const shown = await now();
        if (when === "before") await wait();
        return shown;
      };
      const starting = house.server();
      await house.clock.advance(200);
      const server = await starting;
      const claimed: number[] = [];
      const stream = house.worker({ maxTasks: 50 }).connect(server.dispatch);
      stream.onFrame = (frame) => {
        if (frame.type !== "tasks") return;
        for (const task of frame.tasks) claimed.push(house.time().getTime() - task.scheduledAt.getTime());
      };
      await ready();
      for (let i = 1; i <= 20; i++) {
        await house.schedule(server, `j${i}`, { trigger: { type: "once", time: house.time(i * 137) } });
      }
      await house.clock.advance(5_000);
      assert.equal(claimed.length, 20);
      for (const late of claimed) assert.ok(late >= 0 && late <= 41, `${late} ms`);
    }),
  );
}

test(
  "a store's clock that jumps is followed, and running tasks and leases do not care",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await house.schedule(server, "held");
    const now = house.store.now.bind(house.store);
    house.store.now = async () => new Date((await now()).getTime() + 3_600_000);
    await house.clock.advance(60_000);
    assert.equal(server.dispatch.now().getTime(), house.time(3_600_000).getTime());
    assert.equal(stream.ended, undefined);
    assert.equal(server.dispatch.healthy(), true);
    stream.finish(stream.tasks[0] as never);
    await ready();
    assert.deepEqual(await house.states("held"), ["succeeded"]);
  }),
);

test(
  "a reading that takes 12 s, as in a process that was stopped in between, makes nothing late that comes after it",
  inHouse(async (house) => {
    const server = await house.server();
    const claimed: number[] = [];
    const stream = house.worker({ maxTasks: 50 }).connect(server.dispatch);
    stream.onFrame = (frame) => {
      if (frame.type !== "tasks") return;
      for (const task of frame.tasks) claimed.push(house.time().getTime() - task.scheduledAt.getTime());
    };
    await ready();
    const now = house.store.now.bind(house.store);
    house.store.now = async () => {
      const shown = await now();
      await new Promise<void>((resolve) => house.clock.after(12_000, resolve));
      return shown;
    };
    // Past the second measurement, and its answer.
    await house.clock.advance(45_000);
    house.store.now = now;
    for (let i = 1; i <= 5; i++) {
      await house.schedule(server, `j${i}`, { trigger: { type: "once", time: house.time(i * 137) } });
    }
    await house.clock.advance(5_000);
    assert.equal(claimed.length, 5);
    for (const late of claimed) assert.ok(late >= 0 && late <= 30, `${late} ms`);
    assert.ok(Math.abs(server.dispatch.now().getTime() - house.time().getTime()) <= 30);
  }),
);
