import { Server, ServerCredentials } from "@grpc/grpc-js";
import { limit } from "../core/limits.js";
import type { Log } from "../core/log.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import type { Service } from "../service/service.js";
import { HealthService } from "./gen/grpc/health/v1/health.js";
import { Health } from "./health.js";
import { OpenStreams } from "./open-streams.js";
import { reflection } from "./reflection.js";
import { schedulerDefinition, schedulerHandlers } from "./scheduler.js";
import { workDefinition, workHandler } from "./work.js";

/** Of HTTP/2 pings: finds connections that are gone without a word. In ms. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

/** What reflection lists, and grpc.health.v1 knows by name. */
export const SERVICES = ["tickwire.v1.Scheduler", "grpc.health.v1.Health"];

export interface GrpcParts {
  readonly service: Service;
  readonly dispatch: Pick<Dispatch, "connect">;
  readonly log: Log;
}

export interface GrpcServer {
  /** Listens, and answers calls from then on. Answers the port, which is the given one unless that was 0. Rejects as `net` does. */
  listen(host: string, port: number): Promise<number>;
  /** What grpc.health.v1 tells of every service; not serving at first. */
  setServing(serving: boolean): void;
  /** Takes no new calls, ends what is open (watches with UNAVAILABLE), and cuts off what has not ended after `limitMs`. */
  close(limitMs: number): Promise<void>;
}

/** The whole gRPC surface: Scheduler with its worker stream, health, reflection. */
export function createGrpcServer({ service, dispatch, log }: GrpcParts): GrpcServer {
  const server = new Server({
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    "grpc.max_receive_message_length": limit("message_bytes"),
    "grpc.max_send_message_length": limit("message_bytes"),
  });
  const streams = new OpenStreams(log);
  const health = new Health(SERVICES, log);
  const definition = { ...schedulerDefinition, work: workDefinition };
  const calls = streams.tracking(definition, schedulerHandlers(service, log));
  // Dispatch ends the workers' streams itself, with a notice first.
  server.addService(definition, { ...calls, work: workHandler(dispatch, log) });
  server.addService(HealthService, streams.tracking(HealthService, health.handlers));
  const { definitions, handlers } = reflection(SERVICES, log);
  for (const one of definitions) server.addService(one, streams.tracking(one, handlers));

  return {
    listen: (host, port) => listen(server, host, port),
    setServing: (serving) => health.setServing(serving),
    async close(limitMs) {
      health.setServing(false);
      streams.close();
      await shutDown(server, limitMs);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}

/**
 * `tryShutdown` waits for open calls for ever; `forceShutdown` cuts them off, unless channelz is switched off: grpc-js 1.14
 * knows of no connection then.
 */
async function shutDown(server: Server, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  const done = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  await Promise.race([done, limit]);
  clearTimeout(timer);
  server.forceShutdown();
}
