import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { Client, Worker } from "@tickwire/client";
import { type ServerProcess, startServer } from "../cli/tickwire-process.js";
import { temporaryFolder } from "./fixtures.js";

/** Two servers on one file, as real processes. */
async function twoServers(t: TestContext, ttl: string): Promise<[ServerProcess, ServerProcess]> {
  const file = join(temporaryFolder(t), "store.db");
  const words = ["--store", `sqlite:${file}`, "--grace", "5s", "--ping", "500ms", "--lease-ttl", ttl];
  return [await startServer(t, words), await startServer(t, words)];
}

/** A worker of kind `work` at this server; its first task says that it has begun, and never ends. */
async function hangingWorker(t: TestContext, server: ServerProcess): Promise<{ begun: Promise<unknown> }> {
  const ends = new AbortController();
  const begun = once(ends.signal, "abort");
  const worker = new Worker({ address: server.grpc, graceMs: 0 }).handle("work", () => {
    ends.abort();
    return new Promise<string>(() => {});
  });
  const running = worker.start();
  t.after(() => running[Symbol.asyncDispose]());
  await running.ready;
  return { begun };
}

async function runsOf(client: Client): Promise<string[]> {
  const states: string[] = [];
  for await (const { state } of client.listRuns()) states.unshift(state);
  return states;
}

it("kill -9 of one of two servers: the other runs its tasks after their grace, though its lease lasts ten minutes", {
  timeout: 120_000,
}, async (t) => {
  const [doomed, other] = await twoServers(t, "10m");
  await using client = new Client({ address: other.grpc });
  const { begun } = await hangingWorker(t, doomed);
  await client.scheduleJob({ slug: "a", kind: "work", policy: { retry: { initialBackoffMs: 100 } } });
  await begun;
  await using running = new Worker({ address: other.grpc, graceMs: 0 }).handle("work", () => "done").start();
  await running.ready;
  const watch = client.watchRuns({}, { retry: false });
  await watch.opened;
  const from = performance.now();
  doomed.child.kill("SIGKILL");
  const states: string[] = [];
  for await (const { state } of watch) if (states.push(state) === 2) break;
  assert.deepEqual(states, ["lost", "succeeded"]);
  t.diagnostic(`run again ${Math.round(performance.now() - from)} ms after the kill`);
  const line = await other.logged("a server on this host is gone; its lease was taken over");
  assert.equal(line.level, "warn");
});

it("48 a server that is stopped for twice its lease's time is fenced by its counter, and wakes to change nothing", {
  timeout: 120_000,
}, async (t) => {
  const [stopped, other] = await twoServers(t, "3s");
  await using client = new Client({ address: other.grpc });
  const { begun } = await hangingWorker(t, stopped);
  await client.scheduleJob({ slug: "a", kind: "work", policy: { retry: { initialBackoffMs: 100 } } });
  await begun;
  await using running = new Worker({ address: other.grpc, graceMs: 0 }).handle("work", () => "done").start();
  await running.ready;
  const watch = client.watchRuns({}, { retry: false });
  await watch.opened;
  stopped.child.kill("SIGSTOP");
  const states: string[] = [];
  for await (const { state } of watch) if (states.push(state) === 2) break;
  assert.deepEqual(states, ["lost", "succeeded"]);
  await other.logged("a server is gone; its lease was taken over");
  stopped.child.kill("SIGCONT");
  await stopped.logged("a new lease is open");
  assert.deepEqual(await runsOf(client), ["lost", "succeeded"]);
  // It works again, under its new lease.
  await using own = new Client({ address: stopped.grpc });
  await own.scheduleJob({ slug: "b", kind: "none", trigger: { interval: { everyMs: 60_000 } } });
  assert.equal((await client.getJob("b")).slug, "b");
});
