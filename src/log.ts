import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import type { Settings } from "./config.js";

/** One line an event: constant messages, facts as fields. Written at once, so that no exit loses a line. */
export async function createLog(settings: Pick<Settings, "logLevel" | "logFormat" | "serverId">): Promise<Logger> {
  const { logLevel, logFormat, serverId } = settings;
  const isPretty = logFormat === "pretty" || (logFormat === "auto" && process.stdout.isTTY);
  const options = {
    level: logLevel,
    base: { server: serverId },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return isPretty ? pino(options, await prettyStream()) : pino(options);
}

async function prettyStream(): Promise<DestinationStream> {
  const { build } = await import("pino-pretty");
  return build({
    colorize: process.stdout.hasColors?.() ?? false,
    ignore: "server",
    sync: true,
    translateTime: "SYS:HH:MM:ss.l",
  });
}
