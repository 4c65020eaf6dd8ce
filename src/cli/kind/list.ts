import { type KindJson, timeOf } from "../answers.js";
import type { Given } from "../given.js";
import { list } from "../list.js";
import { showPolicy } from "../policy.js";
import type { Table } from "../table.js";
import { oneLine } from "../text.js";
import { relative } from "../time.js";
import { showTrigger } from "../trigger.js";

export function listKinds(given: Given): Promise<number> {
  return list<KindJson>(given, {
    method: "ListKinds",
    items: "kinds",
    request: {},
    options: { page_size: "--limit", page_token: "--page-token" },
    table: kindTable,
  });
}

function kindTable(kinds: readonly KindJson[], now: Date): Table {
  return {
    columns: [
      { title: "KIND" },
      { title: "MAX RUNNING", align: "right" },
      { title: "PAUSED" },
      { title: "TRIGGER" },
      { title: "POLICY" },
      { title: "DESCRIPTION" },
    ],
    rows: kinds.map((kind) => {
      const paused = timeOf(kind.pause?.pauseTime);
      return [
        kind.name ?? "",
        kind.maxRunning ? String(kind.maxRunning) : "",
        paused ? relative(paused, now) : "",
        oneLine(showTrigger(kind.trigger)),
        showPolicy(kind.policy ?? {}),
        oneLine(kind.description ?? ""),
      ];
    }),
  };
}
