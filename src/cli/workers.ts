import { timeOf, type WorkerJson } from "./answers.js";
import type { Given } from "./given.js";
import { list } from "./list.js";
import type { Table } from "./table.js";
import { oneLine } from "./text.js";
import { relative } from "./time.js";

/** Who is connected, to whichever server. */
export function listWorkers(given: Given): Promise<number> {
  return list<WorkerJson>(given, {
    method: "ListWorkers",
    items: "workers",
    request: {},
    options: { page_size: "--limit", page_token: "--page-token" },
    table: workerTable,
  });
}

function workerTable(workers: readonly WorkerJson[], now: Date): Table {
  return {
    columns: [
      { title: "WORKER" },
      { title: "KINDS" },
      { title: "RUNNING", align: "right" },
      { title: "CONNECTED" },
      { title: "SERVER" },
      { title: "CLIENT" },
    ],
    rows: workers.map((worker) => {
      const connected = timeOf(worker.connectTime);
      return [
        oneLine(worker.workerId ?? ""),
        (worker.capacity?.kinds ?? []).map(({ kind = "" }) => kind).join(","),
        `${worker.running ?? 0} of ${worker.capacity?.maxTasks ?? 0}${worker.draining ? ", draining" : ""}`,
        connected ? relative(connected, now) : "",
        worker.serverId ?? "",
        oneLine(worker.client ?? ""),
      ];
    }),
  };
}
