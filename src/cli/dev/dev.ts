import { readSettings, type Settings, SettingsError } from "../../config.js";
import { isLoopback, showAddress } from "../../setting-types.js";
import { CommandError, EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { note } from "../output.js";
import { stopSignal } from "../stop-signal.js";
import { DevSession } from "./session.js";

/** npm hands on the ^C that the terminal sends as well. */
const SAME_SIGNAL_MS = 500;

/** A server and a worker as processes of their own, and two jobs, until SIGINT or SIGTERM; answers 0 then. */
export async function dev(given: Given): Promise<number> {
  const settings = settingsOf(given);
  const stopped = stopSignal(SAME_SIGNAL_MS);
  const session = new DevSession(given, settings);
  try {
    const failed = session.start().then(() => session.failed);
    await Promise.race([stopped, failed]);
    note("\nstopping the worker, then the server");
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.refused, withNpm((error as Error).message), { cause: error });
  } finally {
    await session.stop();
  }
}

function settingsOf(given: Given): Settings {
  try {
    const settings = readSettings({ ...given.flags, "log-level": given.text("log-level") }, given.env);
    for (const [option, address] of [
      ["grpc", settings.grpc],
      ["http", settings.http],
    ] as const) {
      if (!address || isLoopback(address.host)) continue;
      throw usageError(
        `--${option}: ${showAddress(address)} is not a loopback address, and this worker runs commands for whoever reaches its server; use tickwire serve and tickwire worker`,
      );
    }
    return settings;
  } catch (error) {
    if (error instanceof SettingsError) throw usageError(error.message);
    throw error;
  }
}

/** Where an address is taken, npm's own way to give another one. */
function withNpm(message: string): string {
  const { npm_lifecycle_event: script } = process.env;
  if (script !== "start" || (!message.includes("--grpc") && !message.includes("--http"))) return message;
  return `${message}\nWith npm: npm start -- --grpc 127.0.0.1:7080 --http 127.0.0.1:7081`;
}
