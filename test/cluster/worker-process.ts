import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, complete, release, snooze, type Task, TaskAborted, Worker } from "@tickwire/client";
import type { Said } from "../history/event.js";
import { Ledger } from "../history/ledger.js";
import { KINDS, type Work } from "./work.js";

/** How often it looks whether it has a server, in ms: well below any grace. */
const LOOK_MS = 20;

const REST_MS = 3_600_000;

/** A worker that does what payloads say, and notes in its ledger all that it sees. */
const [folder = "", name = "", addresses = ""] = process.argv.slice(2);
const ledger = new Ledger(folder, name);
let server = "";
const worker = new Worker({
  address: addresses,
  workerId: name,
  maxTasks: 20,
  graceMs: 10_000,
  drainOn: ["SIGTERM"],
  log: {
    debug() {},
    info(facts, message) {
      if (message === "connected" && "serverId" in facts) server = String(facts.serverId);
      tell("info", facts, message);
    },
    warn: (facts, message) => tell("warn", facts, message),
    error: (facts, message) => tell("error", facts, message),
  },
});

for (const kind of KINDS) worker.handle(kind, async (task, { signal }) => await handle(task, signal));
const running = worker.start();
let connected = false;
setInterval(look, LOOK_MS).unref();
await running.ready;
look();
process.send?.("connected");
// The channel to the test would keep it alive once it has drained.
process.disconnect?.();

async function handle(task: Task, signal: AbortSignal): Promise<Answer> {
  const { slug, occurrenceId: occurrence, runId: run, attempt, fence, timeoutMs } = task;
  const scheduledAt = task.scheduledTime.getTime();
  ledger.write({ type: "begun", slug, occurrence, run, attempt, fence, scheduledAt, timeoutMs });
  signal.addEventListener("abort", () => ledger.write({ type: "told", run, why: whyOf(signal) }));
  const { ms, fails = 0, slow = 0, slowMs = 0, stubborn = false, fickle = false, until } = task.json<Work>();
  const end = (said: Said) => ledger.write({ type: "ended", run, said });
  try {
    await sleep(attempt <= slow ? slowMs : ms, undefined, stubborn ? {} : { signal });
  } catch (error) {
    end(whyOf(signal) === "stopping" ? "release" : "failure");
    throw error;
  }
  if (attempt <= fails) {
    end("failure");
    throw new Error("as planned");
  }
  const whim = fickle ? Number.parseInt(run.slice(0, 2), 16) : 255;
  if (whim < 32) {
    end(whim < 16 ? "release" : "snooze");
    return whim < 16 ? release() : snooze(200);
  }
  end("success");
  const rests = until !== undefined && Date.now() >= until;
  return rests ? complete({ result: run, nextTime: new Date(Date.now() + REST_MS) }) : run;
}

function look(): void {
  if (running.connected === connected) return;
  connected = running.connected;
  ledger.write(connected ? { type: "connected", server } : { type: "disconnected" });
}

function whyOf(signal: AbortSignal): string {
  return signal.reason instanceof TaskAborted ? signal.reason.why : "";
}

function tell(level: string, facts: object, message: string): void {
  console.log(new Date().toISOString(), level, message, JSON.stringify(facts));
}
