import { hostname } from "node:os";
import { TickwireError, Worker } from "@tickwire/client";
import { SETTINGS } from "../config.js";
import { createWorkerLog } from "../log.js";
import { CommandError, EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { type BuiltInKind, KINDS } from "./kinds/kinds.js";
import { addressesOf, readValue, spanOf, wholeOf } from "./read.js";
import { stopSignal } from "./stop-signal.js";

/**
 * Serves built-in kinds until SIGTERM or SIGINT. Takes no more tasks then, and ends once those in hand have ended or the grace is over;
 * a second signal ends the process at once. Without a server it waits for one.
 */
export async function work(given: Given): Promise<number> {
  const kinds = kindsOf(given);
  const addresses = addressesOf(given, "server") ?? [];
  const maxTasks = placesOf(given);
  const graceMs = spanOf(given, "grace") ?? 0;
  const workerId = given.text("id") ?? `${hostname().slice(0, 80)}-${process.pid}`;
  const log = await logOf(given);
  const signalled = stopSignal();
  const worker = new Worker({
    address: addresses,
    maxTasks,
    graceMs,
    workerId,
    log,
  });
  for (const kind of kinds) worker.handle(kind.name, await kind.load(given));
  const running = worker.start();
  log.info({ servers: addresses, kinds: kinds.map(({ name }) => name), maxTasks, pid: process.pid }, "worker started");
  try {
    await Promise.race([signalled.then(() => running.stop()), running.drained]);
  } catch (error) {
    if (!(error instanceof TickwireError)) throw error;
    throw new CommandError(EXIT.refused, `the server refuses this worker, ${error.reason}: ${error.message}`, {
      cause: error,
    });
  }
  return EXIT.done;
}

/** Shell exists only where it is named here: no default and no variable names a kind. */
function kindsOf(given: Given): BuiltInKind[] {
  const known = KINDS.map(({ name }) => name).join(",");
  const kinds = readValue(given, "kinds", (text) =>
    [...new Set(text.split(",").map((name) => name.trim()))].map((name) => {
      const kind = KINDS.find((one) => one.name === name);
      if (!kind) throw new Error(`must be of ${known}, with commas between them`);
      return kind;
    }),
  );
  if (!kinds) throw usageError(`--kinds is missing: which of ${known} this worker serves`);
  return kinds;
}

function placesOf(given: Given): number {
  const places = wholeOf(given, "max-tasks", 1) ?? 1;
  if (places > 10_000) throw usageError(`--max-tasks: must be at most 10000; got ${places}`);
  return places;
}

function logOf(given: Given): ReturnType<typeof createWorkerLog> {
  const logLevel = readValue(given, "log-level", SETTINGS.logLevel.type.parse) ?? "info";
  const logFormat = readValue(given, "log-format", SETTINGS.logFormat.type.parse) ?? "auto";
  return createWorkerLog({ logLevel, logFormat });
}
