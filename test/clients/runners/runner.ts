import { openSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Answer,
  type ConnectionOptions,
  complete,
  type Handler,
  PermanentError,
  RetryAfterError,
  type RunningWorker,
  release,
  snooze,
  type Task,
  type TaskContext,
  type TickwireError,
  Worker,
} from "@tickwire/client";
import { type CallCommand, Calls } from "./runner-calls.js";

/**
 * The TypeScript client as the suite plays it: told what to do by one JSON argument and by JSON lines on stdin, and telling
 * what happens as JSON lines on stdout. README.md of the folder above describes both; the other languages have the same.
 */
interface Config {
  readonly addresses: readonly string[];
  readonly mode: "script" | "ledger" | "quiet" | "client";
  readonly kinds?: Readonly<Record<string, { readonly maxTasks?: number }>>;
  readonly maxTasks?: number;
  readonly workerId?: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly define?: readonly string[];
  readonly graceMs?: number;
  readonly token?: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly serverName?: string };
  readonly ledger?: string;
  readonly mostMs?: number;
  readonly timeoutMs?: number;
}

interface Command {
  readonly open?: string;
  readonly stop?: { readonly graceMs?: number };
  readonly call?: CallCommand;
  readonly close?: true;
}

interface Step {
  readonly progress?: number;
  readonly note?: string;
  readonly checkpoint?: string;
  readonly await?: string;
  readonly awaitAbort?: true;
  readonly emit?: string;
  readonly return?: string;
  readonly returnJson?: object;
  readonly complete?: { result?: string; payload?: string; nextTime?: string; lastRun?: boolean };
  readonly fail?: string;
  readonly permanent?: string;
  readonly retryAfter?: { readonly message: string; readonly ms: number };
  readonly snooze?: number;
  readonly release?: true;
  readonly rethrow?: true;
  readonly panic?: string;
}

const config = JSON.parse(process.argv[2] ?? "{}") as Config;

function tell(event: object): void {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

/** Things to wait for by name; one that was opened stays open. */
class Gates {
  readonly #gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();

  #of(name: string) {
    const known = this.#gates.get(name);
    if (known) return known;
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = { opened, open };
    this.#gates.set(name, gate);
    return gate;
  }

  open(name: string): void {
    this.#of(name).open();
  }

  wait(name: string): Promise<void> {
    return this.#of(name).opened;
  }
}

const gates = new Gates();

const script: Handler = async (task, context) => {
  const { signal } = context;
  tell({ event: "began", task: shown(task) });
  if (task.payload.length === 0) return;
  for (const step of task.json<{ steps: Step[] }>().steps) {
    if (step.await !== undefined) await gates.wait(step.await);
    else if (step.awaitAbort) await aborted(task.slug, signal);
    else if (step.emit !== undefined) tell({ event: "step", slug: task.slug, name: step.emit });
    else if (step.checkpoint !== undefined) context.checkpoint(step.checkpoint);
    else if (step.progress !== undefined || step.note !== undefined) report(step, context);
    else return end(step, signal);
  }
};

function report({ progress, note }: Step, context: TaskContext): void {
  if (note === undefined) context.progress(progress);
  else context.progress(progress, note);
}

function end(step: Step, signal: AbortSignal): Answer {
  if (step.return !== undefined) return Buffer.from(step.return);
  if ("returnJson" in step) return step.returnJson;
  if (step.complete) {
    const { nextTime, ...rest } = step.complete;
    return complete({ ...rest, ...(nextTime !== undefined && { nextTime: new Date(nextTime) }) });
  }
  if (step.fail !== undefined) throw new Error(step.fail);
  if (step.permanent !== undefined) throw new PermanentError(step.permanent);
  if (step.retryAfter) throw new RetryAfterError(step.retryAfter.message, step.retryAfter.ms);
  if (step.snooze !== undefined) return snooze(step.snooze);
  if (step.release) return release();
  if (step.rethrow) throw signal.reason;
  if (step.panic !== undefined) throw new Error(step.panic);
  return undefined;
}

async function aborted(slug: string, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  tell({ event: "aborted", slug, why: signal.reason.why });
}

function shown(task: Task): object {
  const { previousCheckpoint } = task;
  return {
    slug: task.slug,
    jobUid: task.jobUid,
    kind: task.kind,
    runId: task.runId,
    occurrenceId: task.occurrenceId,
    payload: task.text(),
    contentType: task.contentType,
    labels: task.labels,
    scheduledTime: task.scheduledTime.toISOString(),
    attempt: task.attempt,
    maxAttempts: task.maxAttempts,
    fence: task.fence,
    timeoutMs: task.timeoutMs ?? null,
    previousError: task.previousError,
    previousCheckpoint: previousCheckpoint ? Buffer.from(previousCheckpoint).toString() : null,
    traceContext: task.traceContext,
  };
}

function ledgerHandler(path: string, mostMs: number): Handler {
  const file = openSync(path, "a");
  return async ({ slug, runId, attempt }) => {
    writeSync(file, `${JSON.stringify({ slug, runId, attempt })}\n`);
    await sleep(Math.random() * mostMs);
  };
}

function handlerOf(mode: Config["mode"]): Handler {
  if (mode === "ledger") return ledgerHandler(config.ledger ?? "", config.mostMs ?? 0);
  return mode === "quiet" ? () => {} : script;
}

function connection(): ConnectionOptions {
  const { addresses, token, tls } = config;
  const pem = (path: string | undefined) => path && readFileSync(path);
  return {
    address: addresses,
    token,
    ...(tls && {
      tls: { ca: pem(tls.ca), cert: pem(tls.cert), key: pem(tls.key), serverName: tls.serverName },
    }),
  };
}

function work(): RunningWorker {
  const { kinds = {}, maxTasks, workerId, info, graceMs, define } = config;
  const worker = new Worker({
    ...connection(),
    maxTasks,
    workerId,
    info,
    graceMs,
    define: define?.map((name) => ({ name })),
    drainOn: ["SIGTERM"],
  });
  const handler = handlerOf(config.mode);
  for (const [kind, options] of Object.entries(kinds)) worker.handle(kind, handler, options);
  const running = worker.start();
  running.ready.then(
    () => tell({ event: "ready", workerId: running.workerId }),
    () => {},
  );
  running.drained.then(
    () => {
      tell({ event: "drained" });
      process.exit(0);
    },
    (error: TickwireError) => {
      tell({ event: "refused", code: error.code, reason: error.reason });
      process.exit(3);
    },
  );
  return running;
}

const running = config.mode === "client" ? undefined : work();
const calls = new Calls({ ...connection(), timeoutMs: config.timeoutMs });

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const { open, stop, call, close } = JSON.parse(line) as Command;
  if (open !== undefined) gates.open(open);
  if (stop) void running?.stop(stop);
  if (call) void calls.answer(call).then(tell);
  if (close) {
    calls.close();
    // What was under way is answered first.
    setImmediate(() => process.exit(0));
  }
});
if (!running) input.on("close", () => process.exit(0));
