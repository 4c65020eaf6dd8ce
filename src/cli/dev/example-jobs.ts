import type { Client, ScheduleInput, ScheduleOutcome } from "@tickwire/client";

/** What dev schedules. Their history is kept for an hour: a job every second would leave 600,000 runs in a week. */
export const EXAMPLE_JOBS = [
  {
    slug: "list-all",
    kind: "shell",
    payload: "ls -la",
    trigger: { cron: "1/5 * * * * *" },
    policy: { runRetentionMs: 3_600_000 },
  },
  {
    slug: "print-time",
    kind: "print",
    payload: "every second, on the second",
    trigger: { interval: { everyMs: 1_000, anchorTime: new Date(0) } },
    policy: { runRetentionMs: 3_600_000 },
  },
] as const satisfies readonly ScheduleInput[];

/** Stores those that are not there yet; what an earlier start stored, and its user may have changed, stays as it is. */
export async function scheduleExamples(client: Client): Promise<readonly (ScheduleOutcome | "unknown")[]> {
  const stored = EXAMPLE_JOBS.map((job) => client.scheduleJob({ ...job, onConflict: "keep" }));
  return (await Promise.all(stored)).map(({ outcome }) => outcome);
}
