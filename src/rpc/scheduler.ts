import type { Log } from "../core/log.js";
import type { Service } from "../service/service.js";
import { tolerant } from "./decode.js";
import { type SchedulerServer, SchedulerService } from "./gen/tickwire/v1/scheduler.js";
import { jobCalls } from "./job-calls.js";
import { kindCalls } from "./kind-calls.js";
import { runCalls } from "./run-calls.js";
import { serverCalls } from "./server-calls.js";

/** What to give `Server.addService`: bytes that are no message are the caller's fault there, not the server's. */
export const schedulerDefinition = tolerant(SchedulerService);

/** Its calls by name, without the index signature that would make `Omit` forget them. */
type Calls = { [Name in keyof SchedulerServer as string extends Name ? never : Name]: SchedulerServer[Name] };

/** Every call of the service but the worker stream. */
export function schedulerHandlers(service: Service, log: Log): Omit<Calls, "work"> {
  return {
    ...kindCalls(service, log),
    ...jobCalls(service, log),
    ...runCalls(service, log),
    ...serverCalls(service, log),
  };
}
