import { type JobJson, timeOf, wordOf } from "../answers.js";
import type { Given } from "../given.js";
import { list } from "../list.js";
import { requestOf } from "../request.js";
import type { Table } from "../table.js";
import { firstLine, oneLine } from "../text.js";
import { relative } from "../time.js";
import { showTrigger } from "../trigger.js";
import { FILTER_FIELDS, filterOf } from "./filter.js";

export function listJobs(given: Given): Promise<number> {
  return list<JobJson>(given, {
    method: "ListJobs",
    items: "jobs",
    request: requestOf({ filter: filterOf(given), view: given.has("full") ? "VIEW_FULL" : undefined }),
    options: {
      ...FILTER_FIELDS,
      page_size: "--limit",
      page_token: "--page-token",
    },
    table: jobTable,
  });
}

function jobTable(jobs: readonly JobJson[], now: Date): Table {
  const columns = [
    { title: "SLUG" },
    { title: "KIND" },
    { title: "STATE" },
    { title: "DUE" },
    { title: "TRIGGER" },
    { title: "OK", align: "right" },
    { title: "FAILED", align: "right" },
    { title: "LAST END" },
    { title: "LAST ERROR" },
  ] as const;
  return { columns, rows: jobs.map((job) => rowOf(job, now)) };
}

function rowOf(job: JobJson, now: Date): string[] {
  const due = timeOf(job.dueTime);
  const ended = timeOf(job.lastEndTime);
  const { succeeded = "0", failed = "0", lost = "0" } = job.counts ?? {};
  return [
    job.slug ?? "",
    job.kind ?? "",
    wordOf("JOB_STATE", job.state),
    due ? relative(due, now) : "",
    oneLine(showTrigger(job.trigger)),
    succeeded,
    String(Number(failed) + Number(lost)),
    ended ? relative(ended, now) : "",
    firstLine(job.lastError ?? ""),
  ];
}
