import type { Client, Job, Run } from "@tickwire/client";
import { openStore } from "../../src/store/open.js";
import type { Final, FinalJob, FinalRun } from "./final.js";

const PAGE = 1_000;

/** Through the API what it tells; through the store's port which locks have no live lease. */
export async function readFinal(client: Client, storeUrl: string): Promise<Final> {
  const runs: FinalRun[] = [];
  for await (const run of client.listRuns({ pageSize: PAGE, view: "full" })) runs.push(finalRun(run));
  const jobs: FinalJob[] = [];
  for await (const job of client.listJobs({ pageSize: PAGE, view: "full" })) jobs.push(finalJob(job));
  return { wall: Date.now(), runs, jobs, orphans: await orphansOf(storeUrl) };
}

async function orphansOf(url: string): Promise<string[]> {
  const store = await openStore(url);
  try {
    const slugs: string[] = [];
    for (let page = await store.orphans(undefined, PAGE); page.length > 0; ) {
      slugs.push(...page.map(({ slug }) => slug));
      page = await store.orphans(slugs.at(-1), PAGE);
    }
    return slugs;
  } finally {
    await store.close();
  }
}

function finalRun(run: Run): FinalRun {
  return {
    run: run.runId,
    slug: run.slug,
    occurrence: run.occurrenceId,
    state: run.state,
    dueAt: run.dueTime?.getTime() ?? 0,
    startedAt: run.startTime?.getTime() ?? 0,
    endedAt: run.endTime?.getTime() ?? 0,
    result: Buffer.from(run.result).toString(),
  };
}

function finalJob(job: Job): FinalJob {
  return {
    slug: job.slug,
    kind: job.kind,
    state: job.state,
    dueAt: job.dueTime?.getTime(),
    currentRun: job.currentTask?.runId,
    lastResult: Buffer.from(job.lastResult).toString(),
    counts: job.counts,
  };
}
