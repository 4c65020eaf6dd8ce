import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers, stdTimeFunctions } from "pino";
import type { Settings } from "./config.js";
import { TickwireError } from "./core/errors.js";

type LogSettings = Pick<Settings, "logLevel" | "logFormat">;

/** A server's log, on stdout. One line an event: constant messages, facts as fields. Written at once, so that no exit loses a line. */
export function createLog(settings: LogSettings & Pick<Settings, "serverId">): Promise<Logger> {
  return logOn(process.stdout, settings, { server: settings.serverId });
}

/** A worker's log, on stderr: its stdout is for what its tasks print. */
export function createWorkerLog(settings: LogSettings): Promise<Logger> {
  return logOn(process.stderr, settings, {});
}

async function logOn(
  stream: NodeJS.WriteStream & { readonly fd: number },
  { logLevel, logFormat }: LogSettings,
  base: Record<string, string>,
): Promise<Logger> {
  const options: LoggerOptions = {
    level: logLevel,
    base,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (error: unknown) => errorFacts(error, logLevel === "debug") },
  };
  const isPretty = logFormat === "pretty" || (logFormat === "auto" && stream.isTTY);
  return pino(options, isPretty ? await prettyOn(stream) : pino.destination({ dest: stream.fd, sync: true }));
}

/** What an error's own words tell needs no stack trace, unless it was asked for; a fault of ours is found by nothing else. */
function errorFacts(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return error;
  const { stack, ...facts } = stdSerializers.err(error);
  const expected = error instanceof TickwireError && error.reason !== "INTERNAL";
  return expected && !withStack ? facts : { ...facts, stack };
}

async function prettyOn(stream: NodeJS.WriteStream & { readonly fd: number }): Promise<DestinationStream> {
  const { prettyFactory } = await import("pino-pretty");
  const pretty = prettyFactory({
    colorize: stream.hasColors?.() ?? false,
    // A fact like any other, in the event's one line: by default an error takes a line for each step of its stack.
    errorLikeObjectKeys: [],
    ignore: "server",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
  const out = pino.destination({ dest: stream.fd, sync: true });
  return { write: (line) => out.write(pretty(line)) };
}
