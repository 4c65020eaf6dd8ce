import assert from "node:assert/strict";
import { it } from "node:test";
import { type Run, Worker } from "@tickwire/client";
import { untilAllGone } from "./fleet/jobs.js";
import { Fleet } from "./fleet/processes.js";

/** A promise, and what settles it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

for (const ends of ["while no server is there", "under the next server"] as const) {
  it(`SIGTERM to a server with a task that outlasts the drain and ends ${ends}: one run, and it succeeds (the old library's fault 14)`, {
    timeout: 90_000,
  }, async (t) => {
    await using fleet = await Fleet.open();
    const first = await fleet.serve();
    const began = signal();
    const finish = signal();
    let begun = 0;
    const worker = new Worker({ address: fleet.address });
    worker.handle("work", async (_, { signal: aborted }) => {
      begun++;
      began.give();
      await finish.given;
      return aborted.aborted ? "aborted" : "carried";
    });
    const running = worker.start();
    t.after(async () => {
      finish.give();
      await running.stop({ graceMs: 0 });
    });
    await running.ready;
    await fleet.client.scheduleJob({ slug: "long", kind: "work" });
    await began.given;

    assert.equal(await fleet.terminate(first), 0, "the server's end was not orderly");
    assert.equal(running.inHand, 1, "the drain waited for the task, or took it away");
    if (ends === "while no server is there") finish.give();
    await fleet.serve();
    if (ends === "under the next server") {
      await untilAdopted(fleet);
      finish.give();
    }
    await untilAllGone(fleet.client, 30_000);

    const runs: Run[] = [];
    for await (const run of fleet.client.listRuns({ view: "full" })) runs.push(run);
    assert.deepEqual(
      runs.map(({ state, attempt, result }) => [state, attempt, Buffer.from(result).toString()]),
      [["succeeded", 1, "carried"]],
    );
    assert.equal(begun, 1, "the task ran twice");
  });
}

/** Resolves once the server has taken over the one task that is out. */
async function untilAdopted({ client }: Fleet): Promise<void> {
  for (;;) {
    for await (const { running } of client.listWorkers()) if (running === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
