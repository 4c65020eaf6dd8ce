import { setTimeout as span } from "node:timers/promises";
import { Client } from "@tickwire/client";
import { type Language, languages } from "../test/clients/suite/languages.js";
import { RunnerProcess } from "../test/clients/suite/runner-process.js";
import { Child } from "./process.js";
import type { Report } from "./report.js";
import { withServer } from "./tickwire.js";

/** As a worker of handlers that do little has, in any of the languages. */
const PLACES = 500;

/** Tasks a second with one worker of each language: the same small program, on a memory store, one after the other. */
export async function measureClients(report: Report, quick: boolean): Promise<void> {
  const { present, absent } = await languages();
  for (const { name, skip } of absent) report.skip(`a ${name} worker`, skip);
  let baseline: number | undefined;
  for (const language of present) {
    const rates: number[] = [];
    for (let run = 0; run < (quick ? 1 : 3); run++) rates.push(await rateOf(language, quick ? 1_000 : 50_000));
    const value = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
    baseline ??= value;
    report.row({ name: `a ${language.name} worker`, value, unit: "tasks/s", ratio: value / baseline });
  }
}

/** Stored beforehand: from the worker's welcome to when no job is left, for which the server is asked every 20 ms. */
function rateOf(language: Language, tasks: number): Promise<number> {
  return withServer("memory", async (address) => {
    await using caller = new Child<{ ms: number }>("children/caller", [address, tasks, 0, 0]);
    await caller.next();
    await using client = new Client({ address });
    const config = { addresses: [address], mode: "quiet", kinds: { bench: {} }, maxTasks: PLACES };
    const runner = new RunnerProcess(language, config);
    try {
      const { at } = await runner.events.take("the worker's welcome", 30_000, ({ event }) => event === "ready");
      while (await areLeft(client)) await span(20);
      return (tasks * 1_000) / (performance.now() - at);
    } finally {
      await runner.kill();
    }
  });
}

async function areLeft(client: Client): Promise<boolean> {
  const { kinds } = await client.getStats(["bench"]);
  return kinds.some(({ scheduled, running, retrying }) => scheduled + running + retrying > 0);
}
