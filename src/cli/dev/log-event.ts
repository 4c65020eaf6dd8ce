import { oneLine } from "../text.js";

/** A line of a process's log. */
export interface LogEvent {
  readonly level: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const LEVELS = ["debug", "info", "warn", "error"];

/** Undefined where the line is something else. */
export function readLogEvent(line: string): LogEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg, time: _, server: __, ...facts } = JSON.parse(line) as Record<string, unknown>;
    return typeof level === "string" && typeof msg === "string" ? { level, message: msg, facts } : undefined;
  } catch {
    return undefined;
  }
}

export function isShown({ level }: LogEvent, least: string): boolean {
  return LEVELS.includes(least) && LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

/** "server warn: stale result refused  slug=a" */
export function showLogEvent(part: string, { level, message, facts }: LogEvent): string {
  const shown = Object.entries(facts).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return oneLine([`${part} ${level}: ${message}`, ...shown].join("  "));
}
