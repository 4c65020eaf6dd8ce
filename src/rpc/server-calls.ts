import { Check } from "../core/check.js";
import { checkWhole } from "../core/check-number.js";
import { limit } from "../core/limits.js";
import type { Log } from "../core/log.js";
import type { PreviewInput } from "../service/preview-trigger.js";
import type { Service } from "../service/service.js";
import { checkKinds } from "./filters.js";
import type { PreviewTriggerRequest, SchedulerServer } from "./gen/tickwire/v1/scheduler.js";
import { unary } from "./handler.js";
import { writeKindStats } from "./kind-stats.js";
import { readPage, writeToken } from "./page.js";
import { writeServer } from "./server-status.js";
import { EPOCH, readTimestamp, toTimestamp } from "./time.js";
import { readTrigger } from "./trigger.js";
import { writeWorker } from "./worker-status.js";

type ServerCalls = Pick<SchedulerServer, "previewTrigger" | "listWorkers" | "getStats" | "getServerInfo">;

export function serverCalls(service: Service, log: Log): ServerCalls {
  return {
    previewTrigger: unary(log, async (request, { signal }) => {
      const { times, description } = await service.previewTrigger(readPreview(request, service.now()), signal);
      return { times: times.map(toTimestamp), description };
    }),

    listWorkers: unary(log, async (request) => {
      const check = new Check();
      const scope = ["ListWorkers", {}] as const;
      const page = readPage(check, request, scope);
      check.done();
      const { items, next } = await service.listWorkers(page);
      return { workers: items.map(writeWorker), nextPageToken: writeToken(next, scope) };
    }),

    getStats: unary(log, async ({ kinds }) => {
      const check = new Check();
      checkKinds(check, "kinds", kinds);
      check.done();
      const stats = await service.getStats(kinds);
      return { kinds: stats.kinds.map(writeKindStats), servers: stats.servers.map(writeServer) };
    }),

    getServerInfo: unary(log, () => {
      const info = service.serverInfo();
      const limits = new Map([...info.limits].map(([name, value]) => [name, BigInt(value)]));
      return { ...info, limits };
    }),
  };
}

function readPreview(request: PreviewTriggerRequest, now: Date): PreviewInput {
  const check = new Check();
  const after = readTimestamp(check, "after_time", request.afterTime);
  // From a time of the caller's own on, a trigger may have ended: no times then, and no error.
  const trigger = readTrigger(check, "trigger", request.trigger, after ? EPOCH : now);
  if (!request.trigger) check.bad("trigger", "must be set");
  checkWhole(check, "count", request.count, 0, limit("preview_times"));
  check.done();
  if (!trigger) throw new Error("a trigger that is set and right was not read");
  return { trigger, ...(after && { after }), count: request.count || limit("preview_times_default") };
}
