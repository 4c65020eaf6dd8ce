import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_ERROR_BYTES, MAX_RESULT_BYTES } from "../../src/core/ended-run.js";
import type { StoredJob } from "../../src/core/job.js";
import type { Outcome } from "../../src/core/outcome.js";
import type { Policy } from "../../src/core/policy.js";
import { type Settled, settle } from "../../src/core/settle.js";
import {
  at,
  counts,
  effect,
  everySecond,
  failure,
  locked,
  once,
  policy,
  RUN_ID,
  stored,
  success,
  TOKEN,
} from "./job-builder.js";

interface Row {
  readonly name: string;
  readonly job: StoredJob;
  readonly outcome: Outcome;
  readonly policy?: Policy;
  readonly by?: "worker" | "server";
  /** Seconds; 5 where unset: four of the trigger's times have passed. */
  readonly endedAt?: number;
  readonly run: string;
  /** Undefined: the job is deleted. */
  readonly becomes: { readonly [K in keyof StoredJob]?: StoredJob[K] | undefined } | undefined;
}

const recurring = locked(stored(everySecond));
const single = locked(stored(once));
const second = (job: StoredJob): StoredJob => ({ ...job, attempt: 2, failures: 1 });
const asked = { occurrence: at(3), requestId: "r1" };

const rows: Row[] = [
  {
    name: "success of a recurring job",
    job: recurring,
    outcome: success,
    run: "succeeded",
    becomes: {
      occurrence: at(2),
      at: at(2),
      due: at(2),
      attempt: 0,
      triggerCount: 2,
      counts: counts({ succeeded: 1, occurrences: 1 }),
      lastSuccessAt: at(5),
    },
  },
  { name: "success of a job that runs once", job: single, outcome: success, run: "succeeded", becomes: undefined },
  {
    name: "success with retention",
    job: single,
    outcome: success,
    policy: policy({ jobRetentionMs: 60_000 }),
    run: "succeeded",
    becomes: { at: undefined, due: undefined, dead: undefined, expireAt: at(65) },
  },
  {
    name: "last run of a recurring job",
    job: recurring,
    outcome: { ...success, lastRun: true, nextTime: at(9) } as Outcome,
    run: "succeeded",
    becomes: undefined,
  },
  {
    name: "a next time set by hand",
    job: recurring,
    outcome: { ...success, nextTime: at(60) } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(60), due: at(60), byHand: true, triggerCount: 2 },
  },
  {
    name: "a next time in the past is now",
    job: recurring,
    outcome: { ...success, nextTime: at(-60) } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(5), due: at(5), byHand: true },
  },
  {
    name: "a next time makes a job that runs once run again",
    job: single,
    outcome: { ...success, nextTime: at(60) } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(60), due: at(60), byHand: true },
  },
  {
    name: "a next time never shares its name with a run that was asked for meanwhile",
    job: { ...recurring, again: { occurrence: at(5), requestId: "" } },
    outcome: { ...success, nextTime: at(-60) } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(5), regular: { occurrence: at(5.001), at: at(5.001), byHand: true } },
  },
  {
    name: "a next time before the start of a trigger that was changed meanwhile is its start",
    job: {
      ...recurring,
      trigger: { type: "interval", everyMs: 1_000, anchor: at(0), startTime: at(90.5) },
      triggerCount: 0,
      triggerFrom: at(3),
    },
    outcome: { ...success, nextTime: at(60) } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(90.5), due: at(90.5), byHand: true, triggerCount: 1 },
  },
  {
    name: "a next time at the trigger's end ends the job",
    job: { ...recurring, trigger: { type: "interval", everyMs: 1_000, anchor: at(0), endTime: at(60) } },
    outcome: { ...success, nextTime: at(60) } as Outcome,
    run: "succeeded",
    becomes: undefined,
  },
  {
    name: "changed meanwhile to a fixed delay: it counts from the task's end",
    job: { ...recurring, trigger: { type: "fixed_delay", everyMs: 7_000 }, triggerCount: 0, triggerFrom: at(3) },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(12), due: at(12), triggerCount: 1 },
  },
  {
    name: "a new payload",
    job: recurring,
    outcome: { ...success, payload: new Uint8Array([9]) } as Outcome,
    run: "succeeded",
    becomes: { payload: new Uint8Array([9]) },
  },
  {
    name: "a new payload does not overwrite a caller's",
    job: { ...recurring, payloadEdited: true },
    outcome: { ...success, payload: new Uint8Array([9]) } as Outcome,
    run: "succeeded",
    becomes: { payload: new Uint8Array([1]), payloadEdited: undefined },
  },
  {
    name: "a failure is retried after the backoff",
    job: recurring,
    outcome: failure,
    run: "failed",
    becomes: { occurrence: at(1), at: at(15), due: at(15), attempt: 1, failures: 1, counts: counts({ failed: 1 }) },
  },
  {
    name: "the second retry waits twice as long",
    job: second(recurring),
    outcome: failure,
    run: "failed",
    becomes: { due: at(25), failures: 2 },
  },
  {
    name: "a failure with a wait of its own",
    job: recurring,
    outcome: { type: "failure", error: "x", retryAfterMs: 60_000 },
    run: "failed",
    becomes: { due: at(65) },
  },
  {
    name: "the last attempt of a recurring job goes on with its next occurrence",
    job: second(recurring),
    outcome: failure,
    policy: policy({}, { maxAttempts: 2 }),
    run: "failed",
    becomes: {
      occurrence: at(2),
      due: at(2),
      attempt: 0,
      failures: 0,
      counts: counts({ failed: 1, exhausted: 1, occurrences: 1 }),
    },
  },
  {
    name: "the last attempt, and the policy says dead",
    job: second(recurring),
    outcome: failure,
    policy: policy({}, { maxAttempts: 2, onExhausted: "dead" }),
    run: "failed",
    becomes: { dead: "exhausted", at: undefined, due: undefined, failures: 2 },
  },
  {
    name: "the last attempt of a job that runs once",
    job: second(single),
    outcome: failure,
    policy: policy({}, { maxAttempts: 2 }),
    run: "failed",
    becomes: { dead: "exhausted", due: undefined },
  },
  {
    name: "no limit of attempts",
    job: { ...recurring, attempt: 500, failures: 499 },
    outcome: failure,
    policy: policy({}, { maxAttempts: 0 }),
    run: "failed",
    becomes: { due: at(605), failures: 500 },
  },
  {
    name: "a permanent failure of a recurring job",
    job: recurring,
    outcome: { type: "failure", error: "x", permanent: true },
    run: "failed",
    becomes: { occurrence: at(2), failures: 0, counts: counts({ failed: 1, exhausted: 1, occurrences: 1 }) },
  },
  {
    name: "a permanent failure of a job that runs once",
    job: single,
    outcome: { type: "failure", error: "x", permanent: true },
    run: "failed",
    becomes: { dead: "permanent_failure" },
  },
  {
    name: "a timeout is retried",
    job: recurring,
    outcome: { type: "timed_out", error: "t" },
    by: "server",
    run: "timed_out",
    becomes: { due: at(15), failures: 1, counts: counts({ failed: 1 }) },
  },
  {
    name: "a lost attempt is retried, spread over the whole wait",
    job: recurring,
    outcome: { type: "lost", error: "l" },
    by: "server",
    run: "lost",
    becomes: { due: at(15), failures: 1, losses: 1, counts: counts({ lost: 1 }) },
  },
  {
    name: "at most once: a lost attempt ends the occurrence",
    job: single,
    outcome: { type: "lost", error: "l" },
    policy: policy({}, { maxAttempts: 1 }),
    run: "lost",
    becomes: { dead: "exhausted" },
  },
  {
    name: "a failure ends a row of losses",
    job: { ...recurring, losses: 2 },
    outcome: failure,
    run: "failed",
    becomes: { losses: 0 },
  },
  {
    name: "a release is not counted and waits 1 s",
    job: recurring,
    outcome: { type: "released" },
    run: "released",
    becomes: { occurrence: at(1), due: at(6), attempt: 0, releases: 1, failures: 0, counts: counts({ released: 1 }) },
  },
  {
    name: "the fourth release in a row waits 8 s",
    job: { ...recurring, releases: 3 },
    outcome: { type: "released" },
    run: "released",
    becomes: { due: at(13), releases: 4 },
  },
  {
    name: "releases in a row wait at most 1 min",
    job: { ...recurring, releases: 40 },
    outcome: { type: "released" },
    run: "released",
    becomes: { due: at(65) },
  },
  {
    name: "a snooze is not counted",
    job: { ...recurring, releases: 3 },
    outcome: { type: "snoozed", delayMs: 7_000 },
    run: "snoozed",
    becomes: { occurrence: at(1), due: at(12), attempt: 0, releases: 0, snoozes: 1, counts: counts({ snoozed: 1 }) },
  },
  {
    name: "a task that was never written is due at its old time",
    job: recurring,
    outcome: { type: "handed_back", error: "" },
    by: "server",
    run: "released",
    becomes: { occurrence: at(1), at: at(1), due: at(1), attempt: 0, releases: 0 },
  },
  {
    name: "a cancelled run of a recurring job",
    job: { ...recurring, cancel: TOKEN },
    outcome: { type: "cancelled" },
    run: "cancelled",
    becomes: { occurrence: at(2), cancel: undefined, failures: 0, counts: counts({ cancelled: 1, occurrences: 1 }) },
  },
  {
    name: "a cancelled run of a job that runs once",
    job: { ...single, cancel: TOKEN },
    outcome: { type: "cancelled" },
    run: "cancelled",
    becomes: { dead: "cancelled" },
  },
  {
    name: "cancelled, and lost: cancelled",
    job: { ...recurring, cancel: TOKEN },
    outcome: { type: "lost", error: "l" },
    by: "server",
    run: "cancelled",
    becomes: { occurrence: at(2), losses: 0 },
  },
  {
    name: "cancelled, and failed: cancelled",
    job: { ...recurring, cancel: TOKEN },
    outcome: failure,
    run: "cancelled",
    becomes: { occurrence: at(2), failures: 0 },
  },
  {
    name: "cancelled, and succeeded all the same",
    job: { ...recurring, cancel: TOKEN },
    outcome: success,
    run: "succeeded",
    becomes: { cancel: undefined, counts: counts({ succeeded: 1, occurrences: 1 }) },
  },
  {
    name: "a cancellation that nobody asked for is a failure",
    job: recurring,
    outcome: { type: "cancelled" },
    run: "failed",
    becomes: { failures: 1, due: at(15) },
  },
  {
    name: "another task's cancellation is not this one's",
    job: { ...recurring, cancel: "ff".repeat(16) },
    outcome: failure,
    run: "failed",
    becomes: { failures: 1, cancel: undefined },
  },
  {
    name: "RunJob meanwhile: once more right after, the trigger's beside it",
    job: { ...recurring, again: asked },
    outcome: success,
    run: "succeeded",
    becomes: {
      occurrence: at(3),
      cause: "run_job",
      due: at(5),
      regular: { occurrence: at(2), at: at(2) },
      again: undefined,
      ran: asked,
    },
  },
  {
    name: "RunJob meanwhile, of a job that runs once",
    job: { ...single, again: asked },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(3), cause: "run_job", due: at(5), regular: undefined },
  },
  {
    name: "RunJob meanwhile waits for the retries",
    job: { ...recurring, again: asked },
    outcome: failure,
    run: "failed",
    becomes: { occurrence: at(1), due: at(15), again: asked },
  },
  {
    name: "RunJob meanwhile, and the last run: that one, then the end",
    job: { ...recurring, again: asked },
    outcome: { ...success, lastRun: true } as Outcome,
    run: "succeeded",
    becomes: { occurrence: at(3), cause: "run_job", regular: undefined },
  },
  {
    name: "RunJob meanwhile, of a job that gave up",
    job: { ...single, again: asked },
    outcome: failure,
    policy: policy({}, { maxAttempts: 1 }),
    run: "failed",
    becomes: { occurrence: at(3), dead: undefined, failures: 0 },
  },
  {
    name: "RunJob's own occurrence gives the trigger's back",
    job: { ...recurring, cause: "run_job", occurrence: at(0.5), regular: { occurrence: at(1), at: at(1) } },
    outcome: success,
    run: "succeeded",
    becomes: {
      occurrence: at(1),
      cause: "trigger",
      due: at(1),
      regular: undefined,
      triggerCount: 1,
      counts: counts({ succeeded: 1 }),
    },
  },
  {
    name: "RunJob's own occurrence of a job that runs once ends it",
    job: { ...single, cause: "run_job" },
    outcome: success,
    run: "succeeded",
    becomes: undefined,
  },
  {
    name: "paused meanwhile: the next occurrence waits",
    job: { ...recurring, pause: { reason: "", at: at(2) } },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(2), at: at(2), due: undefined },
  },
  {
    name: "paused, and RunJob meanwhile: it runs",
    job: { ...recurring, pause: { reason: "", at: at(2) }, again: asked },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(3), due: at(5) },
  },
  {
    name: "a trigger changed meanwhile counts from when it was stored",
    job: { ...recurring, triggerCount: 0, triggerFrom: at(3.5) },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(4), due: at(4), triggerCount: 1 },
  },
  {
    name: "changed meanwhile from once to every second",
    job: {
      ...single,
      trigger: { type: "interval", everyMs: 1_000, anchor: at(0) },
      triggerCount: 0,
      triggerFrom: at(3.5),
    },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(4), due: at(4) },
  },
  {
    name: "changed meanwhile to once, later",
    job: { ...recurring, trigger: { type: "once", time: at(90) }, triggerCount: 0, triggerFrom: at(3) },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(90), due: at(90), triggerCount: 1 },
  },
  {
    name: "changed meanwhile to once, in the past: it runs all the same",
    job: { ...recurring, trigger: { type: "once", time: at(-90) }, triggerCount: 0, triggerFrom: at(3) },
    outcome: success,
    run: "succeeded",
    becomes: { occurrence: at(3), due: at(3) },
  },
  {
    name: "a trigger that can't be computed: dead, with the reason",
    job: {
      ...recurring,
      trigger: { type: "cron", expression: "0 0 * * *", timeZone: "Mars/Olympus", dialect: "unix" },
    },
    outcome: success,
    run: "succeeded",
    becomes: { dead: "trigger_error", due: undefined },
  },
];

function after(job: StoredJob, settled: Settled): StoredJob | undefined {
  if (settled.type === "delete") return undefined;
  const { lock, ...rest } = job;
  const cleared = Object.fromEntries(Object.keys(rest).map((name) => [name, (rest as never)[name]]));
  for (const name of ["due", "at", "byHand", "regular", "again", "ran", "cancel", "payloadEdited", "dead", "expireAt"])
    delete cleared[name];
  return {
    ...cleared,
    ...settled.standing,
    ...(settled.payload && { payload: settled.payload }),
  } as unknown as StoredJob;
}

describe("settle", () => {
  for (const row of rows) {
    it(row.name, () => {
      const { settled, run } = settle(
        row.job,
        row.policy ?? policy(),
        effect(row.outcome, at(row.endedAt ?? 5), { by: row.by ?? "worker" }),
        RUN_ID,
      );
      assert.equal(run.state, row.run);
      assert.equal(run.token, TOKEN);
      assert.equal(run.attempt, row.job.attempt);
      assert.deepEqual(run.occurrence, row.job.occurrence);
      const becomes = after(row.job, settled);
      if (row.becomes === undefined) assert.equal(becomes, undefined);
      else {
        assert.ok(becomes, "the job was deleted");
        for (const [name, value] of Object.entries(row.becomes))
          assert.deepEqual(becomes[name as keyof StoredJob], value, name);
        assert.ok(becomes.due === undefined || becomes.due.getTime() === becomes.at?.getTime());
        assert.ok(becomes.progress === undefined);
      }
    });
  }

  it("clears the old error after a success (the old library's fault 10)", () => {
    const job = {
      ...recurring,
      last: { token: "x", state: "failed", by: "worker", endedAt: at(0), error: "old" },
    } as StoredJob;
    const { settled } = settle(job, policy(), effect(success, at(2)), RUN_ID);
    assert.equal(settled.type === "put" && settled.standing.last?.error, "");
  });

  it("cuts an error at 8 KiB and a result at 64 KiB, never inside a character", () => {
    const error = "é".repeat(MAX_ERROR_BYTES);
    const failed = settle(recurring, policy(), effect({ type: "failure", error }, at(2)), RUN_ID).run;
    assert.equal(Buffer.byteLength(failed.error), MAX_ERROR_BYTES);
    assert.ok(!failed.error.includes("\uFFFD"));
    const big = settle(
      recurring,
      policy(),
      effect({ type: "success", result: new Uint8Array(MAX_RESULT_BYTES + 1) }, at(2)),
      RUN_ID,
    ).run;
    assert.equal(big.result.length, MAX_RESULT_BYTES);
    assert.equal(big.resultTruncated, true);
  });

  it("spreads a retry by 10 %, and over its whole length after a loss", () => {
    const due = (outcome: Outcome, unit: number): number => {
      const { settled } = settle(recurring, policy(), effect(outcome, at(5), { unit }), RUN_ID);
      assert.ok(settled.type === "put" && settled.standing.due);
      return settled.standing.due.getTime() - at(5).getTime();
    };
    assert.deepEqual([due(failure, 0), due(failure, 1)], [9_000, 11_000]);
    assert.deepEqual([due({ type: "lost", error: "" }, 0), due({ type: "lost", error: "" }, 1)], [0, 20_000]);
  });

  it("proves an outcome for 10 minutes even where no history is kept", () => {
    const { run } = settle(recurring, policy({ runRetentionMs: 0 }), effect(success, at(5)), RUN_ID);
    assert.equal(run.hidden, true);
    assert.deepEqual(run.expireAt, at(605));
  });

  it("an invented end before the hand-out is the hand-out", () => {
    assert.deepEqual(settle(recurring, policy(), effect(success, at(-5)), RUN_ID).run.endedAt, recurring.lock?.since);
  });
});
