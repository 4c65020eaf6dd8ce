import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeStream, FakeWorker } from "./fake-worker.js";
import { type House, inHouse, type Server } from "./harness.js";

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const JOBS = 60;
const ROUNDS = 60;

/** A worker that lives through everything: it comes back within 2 s, at any server, and runs what reaches it on its newest stream. */
class Survivor {
  readonly worker: FakeWorker;
  /** Tokens that it began, by slug. */
  readonly began = new Map<string, Set<string>>();
  stream: FakeStream | undefined;
  #next = 0;

  constructor(
    private readonly house: House,
    private readonly servers: () => readonly Server[],
    private readonly random: () => number,
  ) {
    this.worker = house.worker({ maxTasks: 8, kinds: { mail: undefined } });
    this.connect();
  }

  connect(): void {
    this.stream?.cut();
    const servers = this.servers();
    // Another one each time, so that it does not ask a server without a store again and again.
    const server = servers[this.#next++ % servers.length];
    if (!server) {
      this.later();
      return;
    }
    const stream = this.worker.connect(server.dispatch);
    this.stream = stream;
    stream.onFrame = (frame) => {
      if (frame.type === "welcome")
        for (const task of this.worker.held.values()) if (task.result) this.send(stream, task.token);
      if (frame.type === "tasks") for (const task of frame.tasks) this.begin(task.slug, task.token);
    };
    const watch = () => {
      if (this.stream !== stream) return;
      if (stream.ended) this.later();
      else this.house.clock.after(200, watch);
    };
    watch();
  }

  later(): void {
    this.stream = undefined;
    this.house.clock.after(this.random() * 2_000, () => this.connect());
  }

  cut(): void {
    const { stream } = this;
    this.later();
    // Frames that were on their way reach nobody: it ignores every stream but its newest.
    stream?.cut();
  }

  begin(slug: string, token: string): void {
    const tokens = this.began.get(slug) ?? new Set();
    tokens.add(token);
    this.began.set(slug, tokens);
    this.house.clock.after(this.random() * 20_000, () => {
      const held = this.worker.held.get(token);
      if (!held) return;
      held.result = { slug, token, outcome: { type: "success", result: new Uint8Array(0) } };
      if (this.stream && !this.stream.ended && this.stream.welcome) this.send(this.stream, token);
    });
  }

  send(stream: FakeStream, token: string): void {
    const held = this.worker.held.get(token);
    if (!held?.result || stream.ended) return;
    stream.events.frame({ type: "results", results: [held.result] });
  }
}

/** More for a longer look: SEEDS=500. */
const SEEDS = Number(process.env["SEEDS"] ?? 8);

for (let seed = 1; seed <= SEEDS; seed++) {
  test(
    `seed ${seed}: streams break, servers die and lose the store; workers live: every job runs exactly once`,
    inHouse(async (house) => {
      const random = randomFrom(seed);
      let servers: Server[] = [await house.server(), await house.server()];
      const workers = Array.from({ length: 4 }, () => new Survivor(house, () => servers, random));
      let stored = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const dice = random();
        const server = servers[Math.floor(random() * servers.length)];
        assert.ok(server);
        if (stored < JOBS) {
          const job = await house.store1(`j${stored++}`, { policy: { timeoutMs: 600_000 } });
          if (dice < 0.5) server.dispatch.wake({ due: { kinds: [job.kind], at: house.time() } });
        }
        if (dice < 0.25) workers[Math.floor(random() * workers.length)]?.cut();
        else if (dice < 0.32) {
          server.dispatch.abort();
          servers = servers.filter((one) => one !== server);
          servers.push(await house.server());
        } else if (dice < 0.38) {
          const gone = server;
          servers = [...servers.filter((one) => one !== gone), await house.server()];
          gone.dispatch.drain(random() * 5_000).catch(assert.ifError);
        } else if (dice < 0.5) {
          server.wire.down = true;
          const forMs = random() < 0.5 ? random() * 3_000 : random() * 45_000;
          house.clock.after(forMs, () => {
            server.wire.down = false;
          });
        } else if (dice < 0.55) {
          const { wire } = server;
          wire.loseAnswers.add("release");
          house.clock.after(random() * 2_000, () => wire.loseAnswers.clear());
        }
        await house.clock.advance(random() * 3_000);
      }
      for (const { wire } of house.servers) wire.down = false;
      for (const { wire } of house.servers) wire.loseAnswers.clear();
      await house.clock.advance(240_000);
      for (let i = 0; i < stored; i++) {
        const slug = `j${i}`;
        const runs = await house.runsOf(slug);
        const ended = runs.filter(({ state }) => state !== "released").map(({ state }) => state);
        assert.deepEqual(ended, ["succeeded"], `${slug}: ${runs.map(({ state, error }) => `${state} ${error}`)}`);
        const began = workers.flatMap((worker) => [...(worker.began.get(slug) ?? [])]);
        assert.equal(began.length, 1, `${slug} began ${began.length} times`);
        assert.equal(await house.job(slug), undefined);
      }
      for (const { worker } of workers) assert.equal(worker.held.size, 0);
    }),
  );
}
