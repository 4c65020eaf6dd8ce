import { readSettings, type Settings, SettingsError } from "../config.js";
import { createLog } from "../log.js";
import { StartError } from "../server/start-error.js";
import { version } from "../version.js";
import { CommandError, EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { stopSignal } from "./stop-signal.js";

/** What a stop may take beyond the grace before the process is ended as it is, in ms. */
export const STUCK_MS = 2_000;
/** Within so long of the first, what npm hands on is the signal that the terminal has sent already, in ms. */
const NPM_MS = 500;

/** Runs a server until SIGTERM or SIGINT; drains then, and answers 0. A second signal ends the process at once. */
export async function serve(given: Given): Promise<number> {
  const settings = settingsOf(given);
  const log = await createLog(settings);
  const { npm_command: npm } = given.env;
  const signalled = stopSignal(npm === undefined ? 0 : NPM_MS);
  let isReady = false;
  void signalled.then((signal) => {
    if (isReady) return;
    // No task can be out: nothing is there to drain.
    log.info({ signal }, "stopped before it was ready");
    process.exit(EXIT.done);
  });
  process.prependListener("uncaughtException", (error) => {
    log.error({ err: error }, "uncaught error");
    process.exit(EXIT.refused);
  });
  const { startServer } = await import("../server.js");
  const server = await startServer(settings, log).catch((error: unknown) => {
    if (error instanceof StartError) throw new CommandError(EXIT.refused, error.message, { cause: error });
    throw error;
  });
  isReady = true;
  const { grpcAddress: grpc, httpAddress: http } = server;
  const readyMs = Math.round(performance.now());
  log.info({ grpc, http, store: shownUrl(settings.store), version, pid: process.pid, readyMs }, "ready");

  const signal = await signalled;
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

export function settingsOf(given: Given): Settings {
  try {
    return readSettings(given.flags, given.env);
  } catch (error) {
    if (error instanceof SettingsError) throw usageError(error.message);
    throw error;
  }
}

/** A database's URL often holds a password. */
function shownUrl(url: string): string {
  return url.replace(/\/\/.*@/, "//***@");
}
