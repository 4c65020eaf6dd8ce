import assert from "node:assert/strict";
import { it } from "node:test";
import { Client, type Run, type RunWatch, Worker } from "@tickwire/client";
import { ServerProcess } from "../database/servers.js";
import { temporaryFolder } from "../sqlite/fixtures.js";
import { clusterStore, type EngineName } from "./store.js";
import { until } from "./until.js";

/** What a run that another server recorded may take to be seen, in ms: the promise is a second, and this machine is busy. */
const SEEN_MS = 1_800;

/** All that a watch tells, as it comes. */
class Seen implements AsyncDisposable {
  readonly runs: Run[] = [];
  gaps = 0;
  /** From a run's end to its being seen, in ms. */
  readonly lateMs: number[] = [];

  readonly watch: RunWatch;
  readonly #ended: Promise<void>;

  constructor(client: Client, input: { readonly cursor?: string } = {}) {
    this.watch = client.watchRuns({ ...input, onGap: () => this.gaps++ });
    this.#ended = this.#read();
  }

  async #read(): Promise<void> {
    for await (const run of this.watch) {
      this.runs.push(run);
      this.lateMs.push(Date.now() - (run.endTime?.getTime() ?? 0));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch.close();
    await this.#ended;
  }

  get slugs(): string[] {
    return this.runs.map(({ slug }) => slug).sort();
  }
}

export function watchTests(engine: EngineName): void {
  it("runs of another server are seen within a second, and none is left out over the death of the watched one", {
    timeout: 120_000,
  }, async (t) => {
    await using store = await clusterStore(engine, 0, temporaryFolder(t));
    await using one = await ServerProcess.start(store.url, "one");
    await using two = await ServerProcess.start(store.url, "two");
    await using running = new Worker({ address: two.address }).handle("work", () => "done").start();
    await running.ready;
    await using both = new Client({ address: [one.address, two.address] });
    await using atOne = new Seen(one.client);
    await using atBoth = new Seen(both);
    await Promise.all([atOne.watch.opened, atBoth.watch.opened]);

    const slugs: string[] = [];
    const schedule = async (count: number) => {
      for (let n = 0; n < count; n++) {
        const slug = `job-${String(slugs.length).padStart(3, "0")}`;
        slugs.push(slug);
        await two.client.scheduleJob({ slug, kind: "work" });
      }
    };
    for (let round = 0; round < 4; round++) {
      await schedule(5);
      await until("all are seen", 10_000, () => atOne.runs.length === slugs.length, 20);
    }
    t.diagnostic(`seen ${Math.max(...atOne.lateMs)} ms after their ends at the latest`);
    assert.ok(Math.max(...atOne.lateMs) < SEEN_MS, `${atOne.lateMs} ms`);

    one.signal("SIGKILL");
    await schedule(20);
    await until("all are seen by who may go to another server", 20_000, () => atBoth.runs.length === slugs.length, 20);
    await using goesOn = new Seen(two.client, { cursor: atOne.watch.cursor });
    await until("the cursor of a dead server is taken", 20_000, () => goesOn.slugs.includes(slugs.at(-1) ?? ""), 20);
    assert.deepEqual(atBoth.slugs, slugs);
    assert.deepEqual([...new Set([...atOne.slugs, ...goesOn.slugs])].sort(), slugs);
    assert.deepEqual([atBoth.gaps, goesOn.gaps], [0, 0]);
  });
}
