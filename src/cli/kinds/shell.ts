import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Handler, PermanentError, type Task, TaskAborted } from "@tickwire/client";
import { Captured } from "./captured.js";
import { payloadText } from "./payload-text.js";
import { ProcessGroup } from "./process-group.js";
import { shellResult } from "./shell-result.js";

/** Kept of stdout and of stderr, in bytes. */
const OUTPUT_BYTES = 64 * 1024;
/** Of a failure's stderr, what its error shows: half of what the server keeps of an error. */
const ERROR_BYTES = 4 * 1024;
/** From SIGTERM to SIGKILL, in ms: the server waits 5 s for the answer to a cancellation. */
const TERM_MS = 3_000;
/** The same where the worker stops: it waits 2 s for the last words of what it aborts. */
const STOPPING_TERM_MS = 1_000;
/** After SIGKILL: for output that a process outside the group still holds open, in ms. */
const OUTPUT_END_MS = 500;

/**
 * Runs the payload with `sh -c`, in a process group of its own that a cancel, a timeout or the worker's stop ends as a whole. The result
 * has the exit code, stdout and stderr; any other exit code than 0 is a failure. The run ends when the shell has ended and its output
 * is closed.
 */
export function shellHandler(env: NodeJS.ProcessEnv): Handler {
  return async (task, { signal }) => {
    signal.throwIfAborted();
    const child = await start(scriptOf(task), { ...env, ...variablesOf(task) });
    const group = new ProcessGroup(child);
    const stdout = captured(child.stdout);
    const stderr = captured(child.stderr);
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
    let ending: Promise<void> | undefined;
    const abort = (): void => {
      ending ??= end(child, group, signal.reason);
    };
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    const [code, killedBy] = await closed;
    signal.removeEventListener("abort", abort);
    // What has left the output alone, but not the group, is ended as well.
    await ending;
    group.forget();
    if (signal.aborted) throw signal.reason;
    if (code !== 0) throw new Error(failureText(code, killedBy, stderr.end(ERROR_BYTES)));
    return shellResult(code, stdout, stderr);
  };
}

/** Throws PermanentError where no shell could be given this. */
function scriptOf(task: Task): string {
  if (task.payload.length === 0) throw new PermanentError("the payload is empty: it must be a command for sh");
  const script = payloadText(task.payload);
  const nul = script.indexOf("\0");
  if (nul >= 0) throw new PermanentError(`the payload has a NUL character, at ${nul}: a command can't hold one`);
  return script;
}

function variablesOf(task: Task): Record<string, string> {
  return {
    TICKWIRE_SLUG: task.slug,
    TICKWIRE_OCCURRENCE_ID: task.occurrenceId,
    TICKWIRE_ATTEMPT: String(task.attempt),
    TICKWIRE_FENCE: String(task.fence),
  };
}

type Started = ChildProcess & { readonly pid: number };

async function start(script: string, env: NodeJS.ProcessEnv): Promise<Started> {
  try {
    const child = spawn("sh", ["-c", script], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    await once(child, "spawn");
    return child as Started;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "E2BIG") {
      throw new PermanentError(
        `the payload has ${Buffer.byteLength(script)} bytes, more than this system lets a command have: keep it in a file`,
      );
    }
    throw new Error("sh can't be started", { cause: error });
  }
}

function captured(stream: NodeJS.ReadableStream | null): Captured {
  const output = new Captured(OUTPUT_BYTES);
  stream?.on("data", (chunk: Buffer) => output.add(chunk));
  return output;
}

/** Ends the group, and lets go of output that somebody who left the group keeps open. */
async function end(child: ChildProcess, group: ProcessGroup, reason: unknown): Promise<void> {
  const isStopping = reason instanceof TaskAborted && reason.why === "stopping";
  await group.end(isStopping ? STOPPING_TERM_MS : TERM_MS);
  setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, OUTPUT_END_MS).unref();
}

function failureText(code: number | null, killedBy: NodeJS.Signals | null, stderr: string): string {
  const how = code === null ? `killed by ${killedBy}` : `exit code ${code}`;
  return `${how}\n${stderr.trim()}`.trimEnd();
}
