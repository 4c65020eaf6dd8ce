import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/core/log.js";
import { WakeReader } from "../../src/dispatch/wake-reader.js";
import { openMemoryStore } from "../../src/store/memory/store.js";
import type { Wake } from "../../src/store/store.js";
import { ManualClock, ready } from "./manual-clock.js";

test("servers that hear the same notice claim at moments of their own within 5 ms, and cancel and pause at once", async () => {
  const clock = new ManualClock();
  const notice: Wake = { kinds: ["mail"], cancels: true, kindsChanged: true };
  const [claims, others]: [number[], number[]] = [[], []];
  const readers = [0, 0.3, 0.9].map((drawn) => {
    const store = openMemoryStore();
    store.watch = async function* (signal) {
      yield notice;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    };
    const wake: ConstructorParameters<typeof WakeReader>[0]["wake"] = ({ due }, kindsChanged) => {
      (due ? claims : others).push(clock.mono());
      assert.equal(kindsChanged, due === undefined);
    };
    return new WakeReader({ store, clock, log: silentLog, random: () => drawn, wake });
  });
  for (const reader of readers) reader.start();
  await ready();
  assert.deepEqual([claims, others], [[], [0, 0, 0]]);
  await clock.advance(5);
  assert.deepEqual(claims, [0, 1.5, 4.5]);
  for (const reader of readers) await reader.stop();
});
