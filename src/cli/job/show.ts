import { type JobJson, timeOf, wordOf } from "../answers.js";
import { showPolicy } from "../policy.js";
import { pairLines } from "../table.js";
import { bytesText, firstLine, oneLine } from "../text.js";
import { relative } from "../time.js";
import { showTrigger } from "../trigger.js";

/** States in which the due time is not when the job goes on. */
const HELD: ReadonlySet<string> = new Set(["JOB_STATE_PAUSED", "JOB_STATE_RUNNING"]);

/** "list-all: shell, cron 1/5 * * * * *, due in 3s" */
export function summaryOf(job: JobJson, now: Date): string {
  const due = timeOf(job.dueTime);
  const parts = [
    job.kind ?? "",
    showTrigger(job.trigger),
    due && !HELD.has(job.state ?? "") ? `due ${relative(due, now)}` : wordOf("JOB_STATE", job.state),
  ].filter((part) => part !== "");
  return oneLine(parts.length === 0 ? `${job.slug ?? ""}, which is gone` : `${job.slug ?? ""}: ${parts.join(", ")}`);
}

/** Everything about a job, a name and its value a line. */
export function jobLines(job: JobJson, now: Date): string[] {
  const pairs: (readonly [string, string | undefined])[] = [
    ["slug", job.slug],
    ["kind", job.kind],
    ["backfill of", job.backfillOf],
    ["state", stateOf(job)],
    ["waiting for", wordOf("WAIT_REASON", job.waitingFor)],
    ["due", whenOf(job.dueTime, now)],
    ["occurrence", job.scheduledTime === job.dueTime ? "" : whenOf(job.scheduledTime, now)],
    ["trigger", triggerOf(job)],
    ["policy", showPolicy(job.policy ?? {})],
    ["in effect", showPolicy(job.effectivePolicy ?? {})],
    ["priority", wordOf("PRIORITY", job.priority)],
    [
      "labels",
      Object.entries(job.labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(", "),
    ],
    ["payload", blockOf(job.payload)],
    ["content type", job.contentType],
    ["task", taskOf(job, now)],
    ["failures", job.failures ? `${job.failures} in a row` : ""],
    ["last error", linesOf(job.lastError ?? "")],
    ["last result", blockOf(job.lastResult)],
    ["last end", whenOf(job.lastEndTime, now)],
    ["last success", whenOf(job.lastSuccessTime, now)],
    [
      "counts",
      Object.entries(job.counts ?? {})
        .map(([name, count]) => `${count} ${name === "occurrences" && count === "1" ? "occurrence" : name}`)
        .join(", "),
    ],
    ["created", whenOf(job.createTime, now)],
    ["updated", whenOf(job.updateTime, now)],
    ["removed", whenOf(job.expireTime, now)],
    ["uid", job.uid],
    ["etag", job.etag],
  ];
  return pairLines(pairs.flatMap(([name, value]) => (value ? [[name, value] as const] : [])));
}

function stateOf({ state, deadReason, pause }: JobJson): string {
  const word = wordOf("JOB_STATE", state);
  if (deadReason) return `${word}: ${wordOf("DEAD_REASON", deadReason)}`;
  return pause
    ? `${word}${word === "paused" ? "" : ", paused"}${pause.reason ? `: ${oneLine(pause.reason)}` : ""}`
    : word;
}

function triggerOf({ trigger }: JobJson): string {
  const anchor = trigger?.interval?.anchorTime;
  const at = trigger?.once?.time;
  return oneLine(`${showTrigger(trigger)}${anchor ? `, counted from ${anchor}` : ""}${at ? ` at ${at}` : ""}`);
}

function taskOf({ currentTask: task }: JobJson, now: Date): string {
  if (!task) return "";
  const { attempt = 0, workerId, startTime, progress, progressNote } = task;
  const started = timeOf(startTime);
  const parts = [
    `attempt ${attempt}`,
    ...(workerId ? [`on ${oneLine(workerId)}`] : []),
    ...(started ? [`begun ${relative(started, now)}`] : []),
    ...(progress === undefined ? [] : [`${Math.round(progress * 100)} %`]),
    ...(progressNote ? [oneLine(progressNote)] : []),
  ];
  return parts.join(", ");
}

/** A moment with how far away it is. */
export function whenOf(text: string | undefined, now: Date): string {
  const time = timeOf(text);
  return time ? `${time.toISOString()}  (${relative(time, now)})` : "";
}

/** Bytes as lines that move no cursor. */
function blockOf(base64: string | undefined): string {
  return base64 ? linesOf(bytesText(Buffer.from(base64, "base64"))) : "";
}

function linesOf(text: string): string {
  return text.trimEnd().split(/\r?\n/).map(oneLine).join("\n");
}

/** The first line of bytes, for a cell. */
export function cellOf(base64: string | undefined): string {
  return base64 ? firstLine(bytesText(Buffer.from(base64, "base64"))) : "";
}
