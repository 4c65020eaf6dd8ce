import { SERVER_OPTION } from "./call-options.js";
import type { Command } from "./command.js";

const { name, value, env } = SERVER_OPTION;

export const HEALTH_COMMAND: Command = {
  name: "health",
  summary: "ask a server whether it serves, within 2 s",
  options: [
    {
      name,
      ...(value !== undefined && { value }),
      ...(env !== undefined && { env }),
      help: "the server; of several, all must serve; without it the one that TICKWIRE_GRPC has listen here, else 127.0.0.1:7070",
    },
    { name: "ready", help: "read from its store as well: whether calls would be answered now" },
  ],
  notes: [
    "For the health check of a container: one line for each server, and the exit code. 0: it serves. 1: it answers, but does",
    "not serve (it stops, or can't renew its lease in the store) or, with --ready, its store does not answer. 3: it can't be",
    "reached, or is silent for 2 s. It asks gRPC, which every server has and callers need; HTTP may be off.",
  ],
  run: async (given) => (await import("./health.js")).health(given),
};
