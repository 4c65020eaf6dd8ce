import type { JsonObject } from "@bufbuild/protobuf";
import { type JobJson, timeOf, wordOf } from "../answers.js";
import type { Given } from "../given.js";
import { list } from "../list.js";
import { choice, instantOf, pairsOf, readValues } from "../read.js";
import { partOf, requestOf } from "../request.js";
import type { Table } from "../table.js";
import { firstLine, oneLine } from "../text.js";
import { relative } from "../time.js";
import { showTrigger } from "../trigger.js";

const STATES = Object.fromEntries(
  ["scheduled", "running", "retrying", "paused", "dead", "completed"].map((word) => [
    word,
    `JOB_STATE_${word.toUpperCase()}`,
  ]),
);

export function listJobs(given: Given): Promise<number> {
  return list<JobJson>(given, {
    method: "ListJobs",
    items: "jobs",
    request: requestOf({ filter: filterOf(given), view: given.has("full") ? "VIEW_FULL" : undefined }),
    options: {
      "filter.slugs": "--slug",
      "filter.slug_prefix": "--prefix",
      "filter.kinds": "--kind",
      "filter.states": "--state",
      "filter.labels": "--label",
      "filter.due_after": "--due-after",
      "filter.due_before": "--due-before",
      page_size: "--limit",
      page_token: "--page-token",
    },
    table: jobTable,
  });
}

function filterOf(given: Given): JsonObject | undefined {
  const states = readValues(given, "state", choice(STATES));
  return partOf({
    slugs: someOf(given.all("slug")),
    slugPrefix: given.text("prefix"),
    kinds: someOf(given.all("kind")),
    states: someOf(states),
    labels: pairsOf(given, "label"),
    dueAfter: instantOf(given, "due-after")?.toISOString(),
    dueBefore: instantOf(given, "due-before")?.toISOString(),
  });
}

function someOf(words: readonly string[]): string[] | undefined {
  return words.length > 0 ? [...words] : undefined;
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
