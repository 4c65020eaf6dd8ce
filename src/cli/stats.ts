import { limit } from "../core/limits.js";
import { type KindStatsJson, type ServerJson, timeOf } from "./answers.js";
import { calling } from "./call.js";
import { EXIT } from "./exit.js";
import type { Given } from "./given.js";
import { JOB_STATES } from "./job/filter.js";
import { printJson, printLines, terminalWidth } from "./output.js";
import { requestOf, someOf } from "./request.js";
import { showSpan, spanFromJson } from "./span.js";
import { type Table, tableLines } from "./table.js";
import { oneLine } from "./text.js";
import { relative } from "./time.js";

/** How kinds stand, and the servers that run on the store. */
export async function showStats(given: Given): Promise<number> {
  await calling(given, { kinds: "--kind" }, async ({ call }) => {
    const answer = await call<{ readonly kinds?: readonly KindStatsJson[]; readonly servers?: readonly ServerJson[] }>(
      "GetStats",
      requestOf({ kinds: someOf(given.all("kind")) }),
    );
    if (given.has("json")) return await printJson(answer);
    const width = terminalWidth();
    if (answer.kinds) await printLines([...tableLines(kindTable(answer.kinds), width), ""]);
    await printLines(tableLines(serverTable(answer.servers ?? [], new Date()), width));
  });
  return EXIT.done;
}

function kindTable(kinds: readonly KindStatsJson[]): Table {
  const numbers = [...JOB_STATES, "workers", "free", "late"];
  return {
    columns: [{ title: "KIND" }, ...numbers.map((name) => ({ title: name.toUpperCase(), align: "right" as const }))],
    rows: kinds.map((stats) => [
      stats.kind ?? "",
      ...JOB_STATES.map((state) => showCount(stats[state] ?? "0", stats.estimated ?? false)),
      String(stats.workers ?? 0),
      String(stats.free ?? 0),
      showLate(stats.oldestLateness),
    ]),
  };
}

/** Below that all are counted. */
function showCount(count: string, estimated: boolean): string {
  return estimated && Number(count) > limit("counted_jobs") ? `~${count}` : count;
}

function showLate(span: string | undefined): string {
  const ms = spanFromJson(span) ?? 0;
  return ms === 0 ? "" : showSpan(ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000);
}

function serverTable(servers: readonly ServerJson[], now: Date): Table {
  return {
    columns: [
      { title: "SERVER" },
      { title: "VERSION" },
      { title: "WORKERS", align: "right" },
      { title: "SINCE" },
      { title: "RENEWED" },
    ],
    rows: servers.map((server) => [
      oneLine(server.serverId ?? ""),
      oneLine(server.version ?? ""),
      String(server.workers ?? 0),
      whenOf(server.startTime, now),
      whenOf(server.renewTime, now),
    ]),
  };
}

function whenOf(text: string | undefined, now: Date): string {
  const time = timeOf(text);
  return time ? relative(time, now) : "";
}
