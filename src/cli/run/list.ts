import type { JsonObject } from "@bufbuild/protobuf";
import { type RunJson, timeOf, wordOf } from "../answers.js";
import type { Given } from "../given.js";
import { cellOf } from "../job/show.js";
import { list } from "../list.js";
import { choice, instantOf, readValues } from "../read.js";
import { partOf, requestOf } from "../request.js";
import { showSpan } from "../span.js";
import type { Table } from "../table.js";
import { firstLine } from "../text.js";

const STATES = Object.fromEntries(
  ["succeeded", "failed", "timed_out", "lost", "cancelled", "released", "snoozed"].map((word) => [
    word,
    `RUN_STATE_${word.toUpperCase()}`,
  ]),
);

export function listRuns(given: Given): Promise<number> {
  return list<RunJson>(given, {
    method: "ListRuns",
    items: "runs",
    request: requestOf({ filter: filterOf(given), view: given.has("full") ? "VIEW_FULL" : undefined }),
    options: {
      "filter.slug": "--slug",
      "filter.kinds": "--kind",
      "filter.states": "--state",
      "filter.ended_after": "--ended-after",
      "filter.ended_before": "--ended-before",
      page_size: "--limit",
      page_token: "--page-token",
    },
    table: runTable,
  });
}

function filterOf(given: Given): JsonObject | undefined {
  const kinds = given.all("kind");
  const states = readValues(given, "state", choice(STATES));
  return partOf({
    slug: given.text("slug"),
    kinds: kinds.length > 0 ? [...kinds] : undefined,
    states: states.length > 0 ? states : undefined,
    endedAfter: instantOf(given, "ended-after")?.toISOString(),
    endedBefore: instantOf(given, "ended-before")?.toISOString(),
  });
}

function runTable(runs: readonly RunJson[]): Table {
  const columns = [
    { title: "ENDED" },
    { title: "SLUG" },
    { title: "STATE" },
    { title: "ATTEMPT", align: "right" },
    { title: "LATE", align: "right" },
    { title: "TOOK", align: "right" },
    { title: "WORKER" },
    { title: "RESULT OR ERROR" },
  ] as const;
  return { columns, rows: runs.map(rowOf) };
}

function rowOf(run: RunJson): string[] {
  return [
    timeOf(run.endTime)?.toISOString() ?? "",
    run.slug ?? "",
    wordOf("RUN_STATE", run.state),
    String(run.attempt ?? 0),
    between(run.dueTime, run.startTime),
    between(run.startTime, run.endTime),
    firstLine(run.workerId ?? ""),
    firstLine(run.error ?? "") || cellOf(run.result),
  ];
}

function between(from: string | undefined, to: string | undefined): string {
  const [start, end] = [timeOf(from), timeOf(to)];
  return start && end ? showSpan(Math.max(0, end.getTime() - start.getTime())) : "";
}
