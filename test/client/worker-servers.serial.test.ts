import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type RunningWorker, Worker } from "@tickwire/client";
import { workerProto } from "@tickwire/client/internal";
import { type ServerStream, scriptedServer } from "./scripted-server.js";
import { receipt, streams, task, tasks, welcome } from "./worker-script.js";

// A worker of three servers, over real connections. Its server waits for it for 10 s, so a hello must be elsewhere within 2 s.

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Fleet {
  /** Three, with commas between them. */
  readonly address: string;
  readonly stop: (address: string) => void;
  /** The next hello at any of the servers, and how long it took. */
  nextHello(): Promise<{ stream: ServerStream; hello: workerProto.Hello; tookMs: number }>;
}

async function three(): Promise<Fleet> {
  const { script, next } = streams();
  const servers = await Promise.all([scriptedServer(script), scriptedServer(script), scriptedServer(script)]);
  for (const { stop } of servers) closing.push(stop);
  return {
    address: servers.map(({ address }) => address).join(","),
    stop: (address) => servers.find((one) => one.address === address)?.stop(),
    async nextHello() {
      const began = performance.now();
      const stream = await next();
      const { frame } = await stream.next();
      assert.ok(frame?.$case === "hello");
      return { stream, hello: frame.value, tookMs: performance.now() - began };
    },
  };
}

const heldOf = ({ held }: workerProto.Hello) => held.map(({ slug, finished }) => [slug, finished]);
const adopted = (slug: string) => welcome({ adopted: [workerProto.HeldTask.fromPartial(task(slug))] });

/** A worker that holds task "a" at one of three servers. */
async function holding() {
  const fleet = await three();
  const gate: { open?: () => void } = {};
  const started = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  let end = () => {};
  const running: RunningWorker = new Worker({ address: fleet.address })
    .handle("k", () => {
      gate.open?.();
      return new Promise((resolve) => {
        end = () => resolve("done");
      });
    })
    .start();
  const { stream } = await fleet.nextHello();
  stream.send(welcome());
  stream.send(tasks(task("a")));
  await started;
  return { running, fleet, first: stream, end: () => end() };
}

/** The task ends where the worker has brought it, and the worker stops. */
async function finish(running: RunningWorker, stream: ServerStream, end: () => void): Promise<void> {
  stream.send(adopted("a"));
  end();
  const { frame } = await stream.next();
  assert.ok(frame?.$case === "results");
  stream.send(receipt(task("a").token));
  await running.stop();
}

test("a worker whose server is killed is at another within 2 s, with its task", async () => {
  const { running, fleet, first, end } = await holding();
  fleet.stop(first.address);
  const second = await fleet.nextHello();
  assert.notEqual(second.stream.address, first.address);
  assert.ok(second.tookMs < 2000, `${second.tookMs} ms`);
  assert.deepEqual(heldOf(second.hello), [["a", false]]);
  await finish(running, second.stream, end);
});

test("a worker that two servers refuse, one after the other, is at the third at once", async () => {
  const { running, fleet, first, end } = await holding();
  fleet.stop(first.address);
  const second = await fleet.nextHello();
  second.stream.fail(14, "this server can't reach its store");
  const third = await fleet.nextHello();
  assert.equal(new Set([first.address, second.stream.address, third.stream.address]).size, 3);
  assert.ok(third.tookMs < 2000, `${third.tookMs} ms`);
  assert.deepEqual(heldOf(third.hello), [["a", false]]);
  await finish(running, third.stream, end);
});

test("a worker goes elsewhere after a drain notice, and not before the delay that it names", async () => {
  const { running, fleet, first, end } = await holding();
  const span = (ms: number) => ({ seconds: 0n, nanos: ms * 1_000_000 });
  first.send({
    $case: "drain",
    value: workerProto.DrainNotice.fromPartial({ grace: span(0), reconnectDelay: span(300) }),
  });
  const second = await fleet.nextHello();
  assert.notEqual(second.stream.address, first.address);
  assert.ok(second.tookMs >= 290 && second.tookMs < 2000, `${second.tookMs} ms`);
  assert.deepEqual(heldOf(second.hello), [["a", false]]);
  await finish(running, second.stream, end);
});
