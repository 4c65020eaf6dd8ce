import { type ServerJson, timeOf } from "./answers.js";
import { calling } from "./call.js";
import { EXIT } from "./exit.js";
import type { Given } from "./given.js";
import { printJson, printLines, terminalWidth } from "./output.js";
import { type Table, tableLines } from "./table.js";
import { oneLine } from "./text.js";
import { relative } from "./time.js";

/** The servers that run on the store. */
export async function showStats(given: Given): Promise<number> {
  await calling(given, {}, async ({ call }) => {
    const answer = await call<{ readonly servers?: readonly ServerJson[] }>("GetStats", {});
    if (given.has("json")) return await printJson(answer);
    await printLines(tableLines(serverTable(answer.servers ?? [], new Date()), terminalWidth()));
  });
  return EXIT.done;
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
