import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Result } from "../../src/rpc/gen/tickwire/v1/worker.js";
import { startGrpc } from "./grpc-fixture.js";
import { RawWorker } from "./raw-worker.js";

test("100,000 results a second pass", async (t) => {
  const { client, session } = await startGrpc(t);
  const worker = new RawWorker(client);
  worker.hello();
  const seen = await session();
  const results = Array.from({ length: 100 }, (): Result => {
    const outcome = { result: Buffer.alloc(0), payload: undefined, nextTime: undefined, lastRun: false };
    return { slug: "some-slug", token: randomBytes(16), outcome: { $case: "success", value: outcome } };
  });
  // The best of many: a neighbour on the machine slows a turn, and nothing makes one faster.
  for (let turn = 1; turn <= 10; turn++) {
    const started = performance.now();
    for (let i = 0; i < 500; i++) worker.say({ $case: "results", value: { results } });
    await seen.until(({ frames }) => frames.length === 1 + turn * 500);
    const seconds = (performance.now() - started) / 1_000;
    if (50_000 / seconds > 100_000) return;
    t.diagnostic(`turn ${turn}: ${Math.round(50_000 / seconds)} a second`);
  }
  assert.fail("under 100,000 a second in ten turns");
});
