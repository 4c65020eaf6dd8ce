import { constants } from "node:os";
import { readSettings, type Settings, SettingsError } from "../config.js";
import { createLog } from "../log.js";
import { StartError } from "../server/start-error.js";
import { version } from "../version.js";
import { CommandError, EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";

/** What a stop may take beyond the grace before the process is ended as it is, in ms. */
const STUCK_MS = 2_000;

/** Runs a server until SIGTERM or SIGINT; drains then, and answers 0. A second signal ends the process at once. */
export async function serve(given: Given): Promise<number> {
  const settings = settingsOf(given);
  const log = await createLog(settings);
  const signals = new StopSignals((signal) => log.info({ signal }, "stopped before it was ready"));
  process.prependListener("uncaughtException", (error) => {
    log.error({ err: error }, "uncaught error");
    process.exit(EXIT.refused);
  });
  const { startServer } = await import("../server.js");
  const server = await startServer(settings, log).catch((error: unknown) => {
    if (error instanceof StartError) throw new CommandError(EXIT.refused, error.message, { cause: error });
    throw error;
  });
  const { grpcAddress: grpc, httpAddress: http } = server;
  const readyMs = Math.round(performance.now());
  log.info({ grpc, http, store: shownUrl(settings.store), version, pid: process.pid, readyMs }, "ready");

  const signal = await signals.awaitFirst();
  log.info({ signal, graceMs: settings.graceMs }, "stopping");
  const stuck = setTimeout(() => {
    log.error({}, "stop took too long: ended as it is");
    process.exit(EXIT.refused);
  }, settings.graceMs + STUCK_MS);
  await server.stop();
  clearTimeout(stuck);
  log.info({}, "stopped");
  return EXIT.done;
}

function settingsOf(given: Given): Settings {
  try {
    return readSettings(given.flags, given.env);
  } catch (error) {
    if (error instanceof SettingsError) throw usageError(error.message);
    throw error;
  }
}

/** SIGTERM and SIGINT: the first one, once it is awaited, is an answer; any other ends the process at once. */
class StopSignals {
  #resolve: ((signal: NodeJS.Signals) => void) | undefined;

  /** Until the first one is awaited there is nothing to drain: a signal then is told to `early`, and the exit code is 0. */
  constructor(early: (signal: NodeJS.Signals) => void) {
    let isSecond = false;
    const take = (signal: NodeJS.Signals): void => {
      if (isSecond) process.exit(128 + constants.signals[signal]);
      if (!this.#resolve) {
        early(signal);
        process.exit(EXIT.done);
      }
      isSecond = true;
      this.#resolve(signal);
    };
    process.on("SIGTERM", take);
    process.on("SIGINT", take);
  }

  awaitFirst(): Promise<NodeJS.Signals> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}

/** A database's URL often holds a password. */
function shownUrl(url: string): string {
  return url.replace(/\/\/.*@/, "//***@");
}
