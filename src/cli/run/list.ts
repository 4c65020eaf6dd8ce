import { type RunJson, timeOf, wordOf } from "../answers.js";
import type { Given } from "../given.js";
import { cellOf } from "../job/show.js";
import { list } from "../list.js";
import { requestOf } from "../request.js";
import { showSpan } from "../span.js";
import type { Table } from "../table.js";
import { firstLine } from "../text.js";
import { filterOf, RUN_FILTER_FIELDS } from "./filter.js";

export function listRuns(given: Given): Promise<number> {
  return list<RunJson>(given, {
    method: "ListRuns",
    items: "runs",
    request: requestOf({ filter: filterOf(given), view: given.has("full") ? "VIEW_FULL" : undefined }),
    options: {
      ...RUN_FILTER_FIELDS,
      page_size: "--limit",
      page_token: "--page-token",
    },
    table: runTable,
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
