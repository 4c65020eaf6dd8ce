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
  const told = (job: ScheduleInput | undefined, error: TickwireError | undefined) => {
    // A test that has its jobs refused tests nothing.
    if (error && !UNKNOWN.includes(error.code)) throw error;
    ledger.write({ type: "scheduled", slug: job?.slug ?? "", answer: error ? "unknown" : "acknowledged" });
  };
  let results: readonly { readonly error?: TickwireError | undefined }[];
  try {
    results = await client.scheduleJobs(jobs);
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    results = jobs.map(() => ({ error }));
  }
  for (const [index, { error }] of results.entries()) told(jobs[index], error);
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

const UNKNOWN: readonly string[] = ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN", "INTERNAL"];
