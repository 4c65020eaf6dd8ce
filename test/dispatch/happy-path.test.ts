import assert from "node:assert/strict";
import { test } from "node:test";
import { inHouse } from "./harness.js";
import { ready } from "./manual-clock.js";

test(
  "a due job goes to a worker, and its result is stored before the receipt",
  inHouse(async (house) => {
    const server = await house.server();
    const stream = house.worker().connect(server.dispatch);
    await ready();
    assert.equal(stream.welcome?.serverId, "server-1");
    await house.schedule(server, "a", { payload: Buffer.from("hi") });
    const [task] = stream.tasks;
    assert.ok(task);
    assert.equal(task.slug, "a");
    assert.equal(task.attempt, 1);
    assert.equal(Buffer.from(task.payload).toString(), "hi");
    assert.equal(task.occurrenceId, `a@${house.time().toISOString()}`);
    assert.ok((await house.job("a"))?.lock);
    stream.finish(task);
    await ready();
    assert.deepEqual(stream.receipts, [{ token: task.token, state: "recorded", message: "" }]);
    assert.equal(await house.job("a"), undefined);
    assert.deepEqual(await house.states("a"), ["succeeded"]);
    assert.deepEqual(
      server.runs.map(({ slug, state }) => [slug, state]),
      [["a", "succeeded"]],
    );
  }),
);
