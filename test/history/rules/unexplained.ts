import type { RunState } from "@tickwire/client";
import type { Said } from "../event.js";
import type { Fault } from "../faults.js";
import type { FinalJob, FinalRun } from "../final.js";
import type { Attempt, History } from "../history.js";

/** Runs that only a worker's word can make, and which. */
const WORD: Partial<Record<RunState | "unknown", readonly Said[]>> = {
  succeeded: ["success"],
  failed: ["failure"],
  snoozed: ["snooze"],
};

const COUNTED = {
  succeeded: ["succeeded"],
  failed: ["failed", "timed_out"],
  lost: ["lost"],
  cancelled: ["cancelled"],
  released: ["released"],
  snoozed: ["snoozed"],
} as const satisfies Record<keyof FinalJob["counts"], readonly RunState[]>;

/** Each run has its cause in what somebody did, each beginning has its run, and a job's counts are those of its runs. */
export function* unexplained(history: History): Iterable<Fault> {
  const current = new Set(history.final.jobs.map(({ currentRun }) => currentRun));
  const ended = new Set<string>();
  for (const { slug, type } of history.events.flatMap((event) => ("slug" in event ? [event] : []))) {
    if (type === "cancel" || type === "delete") ended.add(slug);
  }
  const runs = new Map<string, FinalRun[]>();
  for (const attempt of history.attempts) {
    const { slug, run, stored, begun } = attempt;
    if (stored) {
      const why = causeless(attempt, ended, history.clockErrorMs);
      if (why) yield { slug, why };
      runs.set(slug, [...(runs.get(slug) ?? []), stored]);
    } else if (begun && attempt.receipt?.state !== "recorded" && !current.has(run) && !isAgain(attempt, history)) {
      yield { slug, why: `${run} began, and the store knows nothing of it` };
    }
  }
  for (const job of history.jobs.values()) yield* miscounted(job, runs.get(job.slug) ?? []);
}

function causeless({ run, begun, ended, stored }: Attempt, byCaller: ReadonlySet<string>, clockErrorMs: number) {
  if (!stored) return undefined;
  const words = WORD[stored.state];
  if (words && !(ended && words.includes(ended.said))) {
    return `${run} is ${stored.state}, and its worker said ${begun ? (ended?.said ?? "nothing") : "nothing, nor began it"}`;
  }
  if (stored.state === "cancelled" && !byCaller.has(stored.slug))
    return `${run} was cancelled, and nobody asked for it`;
  if (stored.state === "timed_out") {
    const tookMs = stored.endedAt - stored.startedAt + clockErrorMs;
    if (begun && tookMs < (begun.timeoutMs ?? Number.POSITIVE_INFINITY)) return `${run} timed out after ${tookMs} ms`;
  }
  return stored.state === "unknown" ? `${run} ended in an unknown state` : undefined;
}

/** Its occurrence began again: that is told as doubled. */
function isAgain({ begun, slug, run }: Attempt, history: History): boolean {
  const attempts = history.bySlug.get(slug) ?? [];
  const next = attempts[attempts.findIndex((one) => one.run === run) + 1];
  return next?.begun?.occurrence === begun?.occurrence;
}

function* miscounted({ slug, counts }: FinalJob, runs: readonly FinalRun[]): Iterable<Fault> {
  for (const [name, states] of Object.entries(COUNTED) as [keyof typeof COUNTED, readonly string[]][]) {
    const found = runs.filter(({ state }) => states.includes(state)).length;
    if (found !== counts[name]) yield { slug, why: `it counts ${counts[name]} ${name}, and its runs are ${found}` };
  }
}
