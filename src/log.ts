import { type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from "pino";
import type { Settings } from "./config.js";

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
  };
  const isPretty = logFormat === "pretty" || (logFormat === "auto" && stream.isTTY);
  return pino(options, isPretty ? await prettyOn(stream) : pino.destination({ dest: stream.fd, sync: true }));
}

async function prettyOn(stream: NodeJS.WriteStream & { readonly fd: number }): Promise<DestinationStream> {
  const { build } = await import("pino-pretty");
  return build({
    colorize: stream.hasColors?.() ?? false,
    destination: stream.fd,
    ignore: "server",
    singleLine: true,
    sync: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
