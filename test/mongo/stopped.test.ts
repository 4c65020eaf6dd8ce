import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as span } from "node:timers/promises";
import { Worker } from "@tickwire/client";
import { ServerProcess, until } from "../database/servers.js";
import { runsOf } from "../store/suite/tasks.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

/** A worker of one server whose every task takes until it is told to end. */
function slowWorker(address: string) {
  const begun: { readonly attempt: number; readonly end: () => void }[] = [];
  const running = new Worker({ address })
    .handle("work", ({ attempt }) => new Promise<void>((end) => void begun.push({ attempt, end })))
    .start();
  return { begun, running };
}

it("48 a server that is stopped for two TTLs and goes on changes nothing with its old tokens", {
  skip,
  timeout: 120_000,
}, async () => {
  const data = mongoData(uri);
  const store = await data.open(() => new Date());
  try {
    await using first = await ServerProcess.start(data.url, "first");
    await using second = await ServerProcess.start(data.url, "second");
    const old = slowWorker(first.address);
    await old.running.ready;
    await first.client.scheduleJob({ slug: "a", kind: "work", policy: { retry: { initialBackoffMs: 100 } } });
    await until(async () => old.begun.length === 1);
    const [lease] = (await store.leases()).filter(({ serverId }) => serverId === "first");
    const token = (await store.get("a"))?.lock?.token;
    assert.ok(lease && token);

    first.signal("SIGSTOP");
    const stoppedAt = performance.now();
    const fresh = slowWorker(second.address);
    await second.logged("a server is gone; its lease was taken over");
    await until(async () => fresh.begun.length === 1);
    assert.deepEqual(fresh.begun[0]?.attempt, 2);
    await span(Math.max(0, 12_000 - (performance.now() - stoppedAt)));
    const before = await store.get("a");
    assert.notEqual(before?.lock?.token, token);

    first.signal("SIGCONT");
    // The first one's worker has been at it all the time, and reports.
    old.begun[0]?.end();
    await first.logged("a new lease is open");
    await old.running.stop();
    assert.deepEqual(await store.get("a"), before);
    assert.equal((await store.leases()).find(({ id }) => id === lease.id)?.state, "fenced");
    assert.deepEqual(
      (await runsOf(store)).map(({ state, token: of }) => [state, of === token]),
      [["lost", true]],
    );

    fresh.begun[0]?.end();
    await fresh.running.stop();
    assert.equal(await store.get("a"), undefined);
    assert.deepEqual(
      (await runsOf(store)).map(({ state, attempt }) => [state, attempt]),
      [
        ["succeeded", 2],
        ["lost", 1],
      ],
    );
  } finally {
    await store.close();
    await data.remove();
  }
});
