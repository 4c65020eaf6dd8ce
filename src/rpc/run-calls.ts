import { Check } from "../core/check.js";
import type { Log } from "../core/log.js";
import type { Service } from "../service/service.js";
import { readRunFilter } from "./filters.js";
import type { SchedulerServer } from "./gen/tickwire/v1/scheduler.js";
import { serverStream, unary } from "./handler.js";
import { readCursor, readPage, seal, writeToken } from "./page.js";
import { writeRun } from "./run.js";
import { readView } from "./view.js";

type RunCalls = Pick<SchedulerServer, "listRuns" | "watchRuns">;

export function runCalls(service: Service, log: Log): RunCalls {
  return {
    listRuns: unary(log, async (request) => {
      const check = new Check();
      const filter = readRunFilter(check, "filter", request.filter);
      const page = readPage(check, request, ["ListRuns", filter]);
      const full = readView(check, request.view, "basic");
      check.done();
      const { items, next } = await service.listRuns({ ...page, filter, full });
      return { runs: items.map((run) => writeRun(run, full)), nextPageToken: writeToken(next, ["ListRuns", filter]) };
    }),

    watchRuns: serverStream(log, async function* (request, { signal }) {
      const check = new Check();
      const filter = readRunFilter(check, "filter", request.filter);
      const full = readView(check, request.view, "basic");
      const scope = ["WatchRuns", filter] as const;
      const from = readCursor(check, "cursor", request.cursor, scope);
      check.done();
      const input = { filter, full, ...(from !== undefined && { cursor: from }) };
      for await (const { runs, cursor, gap } of service.watchRuns(input, signal)) {
        yield { runs: runs.map((run) => writeRun(run, full)), cursor: seal(cursor, scope), gap };
      }
    }),
  };
}
