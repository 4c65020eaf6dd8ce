import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type ScheduleInput, TickwireError } from "@tickwire/client";
import type { Ledger } from "../history/ledger.js";

const BATCH = 25;

/** Schedules jobs in small batches, evenly over a span, whatever happens to the servers; each answer is in the ledger. */
export async function scheduleOver(
  client: Client,
  ledger: Ledger,
  jobs: readonly ScheduleInput[],
  overMs: number,
): Promise<void> {
  const began = performance.now();
  for (let from = 0; from < jobs.length; from += BATCH) {
    await sleep(Math.max(0, (overMs * from) / jobs.length - (performance.now() - began)));
    await schedule(client, ledger, jobs.slice(from, from + BATCH));
  }
}

async function schedule(client: Client, ledger: Ledger, jobs: readonly ScheduleInput[]): Promise<void> {
  try {
    const results = await client.scheduleJobs(jobs);
    for (const [index, { error }] of results.entries()) {
      if (error && !UNKNOWN.includes(error.code)) throw error;
      ledger.write({ type: "scheduled", slug: slugOf(jobs[index]), answer: error ? answerOf(error) : "acknowledged" });
    }
  } catch (error) {
    for (const job of jobs) ledger.write({ type: "scheduled", slug: slugOf(job), answer: answerOf(error) });
  }
}

/** Asks for the end of a task, or of a job. What came of it the history shows. */
export async function interfere(
  client: Client,
  ledger: Ledger,
  deed: "cancel" | "delete",
  slug: string,
): Promise<void> {
  ledger.write({ type: deed, slug });
  try {
    if (deed === "cancel") await client.cancelRun(slug);
    else await client.deleteJob(slug);
  } catch (error) {
    // It has ended meanwhile, or nobody can say.
    if (!(error instanceof TickwireError)) throw error;
  }
}

function answerOf(error: unknown): "refused" | "unknown" {
  if (!(error instanceof TickwireError)) throw error;
  return UNKNOWN.includes(error.code) ? "unknown" : "refused";
}

const UNKNOWN: readonly string[] = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "INTERNAL"];

function slugOf(job: ScheduleInput | undefined): string {
  return job?.slug ?? "";
}
