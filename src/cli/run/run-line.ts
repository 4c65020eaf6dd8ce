import type { Run } from "@tickwire/client";
import { bytesText, cut, firstLine } from "../text.js";

const RESULT_WIDTH = 80;

/** What a line shows of a run. */
export type ShownRun = Pick<Run, "slug" | "kind" | "state" | "attempt" | "dueTime" | "startTime" | "error" | "result">;

/** "10:15:01.003  list-all    succeeded     3 ms late  total 480": when it began, and what became of it. */
export function runLine(run: ShownRun): string {
  const lateMs = (run.startTime?.getTime() ?? 0) - (run.dueTime?.getTime() ?? 0);
  const state = run.attempt > 1 ? `${run.state}, attempt ${run.attempt}` : run.state;
  const parts = [
    clockTime(run.startTime ?? new Date(0)),
    firstLine(run.slug).padEnd(10),
    state.replaceAll("_", " ").padEnd(9),
    `${lateMs} ms late`.padStart(12),
    cut(firstLine(run.error === "" ? resultText(run) : run.error), RESULT_WIDTH),
  ];
  return parts.join("  ").trimEnd();
}

/** A command's output is inside the JSON that the shell kind answers. */
function resultText({ kind, result }: ShownRun): string {
  const text = bytesText(result);
  if (kind !== "shell") return text;
  try {
    const { stdout } = JSON.parse(text) as { readonly stdout?: unknown };
    return typeof stdout === "string" ? stdout : text;
  } catch {
    return text;
  }
}

/** By this machine's clock and zone. */
function clockTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const ms = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}
