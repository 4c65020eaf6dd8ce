import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Worker } from "@tickwire/client";
import { workerProto } from "@tickwire/client/internal";
import { scriptedServer } from "./scripted-server.js";
import { receipt, streams, task, tasks, welcome } from "./worker-script.js";

// The worker over a real connection; what its protocol does in each case is tested without one, beside this file.

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test("a worker says hello, runs a task, answers, and drains", async () => {
  const { next, script } = streams();
  const server = await scriptedServer(script);
  closing.push(server.stop);
  const running = new Worker({ address: server.address, maxTasks: 3, workerId: "me" })
    .handle("k", (task) => `did ${task.text()}`, { maxTasks: 2 })
    .start();
  const stream = await next();
  const hello = (await stream.next()).frame;
  assert.ok(hello?.$case === "hello");
  assert.equal(hello.value.workerId, "me");
  assert.equal(hello.value.instance.length, 16);
  assert.equal(hello.value.stream, 1n);
  assert.equal(hello.value.capacity?.maxTasks, 3);
  assert.deepEqual(
    hello.value.capacity?.kinds.map(({ kind, maxTasks }) => [kind, maxTasks]),
    [["k", 2]],
  );
  stream.send(welcome());
  await running.ready;
  assert.equal(running.workerId, "w");
  const a = task("a", { payload: Buffer.from("it") });
  stream.send(tasks(a));
  const results = (await stream.next()).frame;
  assert.ok(results?.$case === "results");
  const outcome = results.value.results[0]?.outcome;
  assert.ok(outcome?.$case === "success");
  assert.equal(outcome.value.result.toString(), "did it");
  assert.equal(running.inHand, 1);
  const stopped = running.stop();
  assert.equal((await stream.next()).frame?.$case, "drain");
  stream.send(receipt(a.token));
  await stopped;
  await stream.ended;
});

test("a worker whose server dies takes its task to the next one", async () => {
  const { next, script } = streams();
  const first = await scriptedServer(script);
  const gate: { open?: () => void } = {};
  const running = new Worker({ address: first.address })
    .handle("k", () => new Promise((resolve) => (gate.open = () => resolve("late"))))
    .start();
  const one = await next();
  await one.next();
  one.send(welcome());
  const a = task("a");
  one.send(tasks(a));
  await running.ready;
  while (running.inHand === 0) await new Promise((resolve) => setImmediate(resolve));
  first.stop();
  closing.push((await scriptedServer(script, Number(first.address.split(":")[1]))).stop);
  const two = await next();
  const hello = (await two.next()).frame;
  assert.ok(hello?.$case === "hello");
  assert.deepEqual(
    hello.value.held.map(({ slug, finished }) => [slug, finished]),
    [["a", false]],
  );
  assert.ok(hello.value.stream > 1n);
  two.send(welcome({ adopted: [workerProto.HeldTask.fromPartial({ slug: "a", token: a.token })] }));
  gate.open?.();
  const results = (await two.next()).frame;
  assert.ok(results?.$case === "results");
  two.send(receipt(a.token));
  await running.stop();
});

test("a worker whose hello is broken is told so and gives up", async () => {
  const server = await scriptedServer({
    work: (_, call) => call.emit("error", { code: status.INVALID_ARGUMENT, details: "hello.worker_id: too long" }),
  });
  closing.push(server.stop);
  const running = new Worker({ address: server.address }).handle("k", () => {}).start();
  await assert.rejects(running.drained, /worker_id/);
  await assert.rejects(running.ready, { name: "TickwireError", code: "INVALID_ARGUMENT" });
});
