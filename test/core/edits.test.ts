import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelRun, deleteJob, pauseJob, replaceJob, requeueJob, resumeJob, runJob } from "../../src/core/edits.js";
import { type StoredJob, stateOf } from "../../src/core/job.js";
import { settle } from "../../src/core/settle.js";
import { start } from "../../src/core/start.js";
import { updateJob } from "../../src/core/update-job.js";
import {
  at,
  context,
  counts,
  effect,
  everySecond,
  locked,
  once,
  policy,
  RUN_ID,
  stored,
  success,
  TOKEN,
  written,
} from "./job-builder.js";

const waiting = stored(everySecond);
const out = locked(waiting);
const now = context(at(0.5));

describe("RunJob", () => {
  it("SCHEDULED: an occurrence of its own, the trigger's kept beside it", () => {
    const job = written(runJob(waiting, "r", now));
    assert.deepEqual(
      [job.occurrence, job.cause, job.due, job.regular],
      [at(0.5), "run_job", at(0.5), { occurrence: at(1), at: at(1) }],
    );
    assert.notEqual(job.etag, waiting.etag);
  });
  it("a repeat of the call asks for nothing more, also once it ran", () => {
    const job = written(runJob(waiting, "r", now));
    assert.equal(runJob(job, "r", context(at(0.7))).write, undefined);
    const { settled } = settle(locked(job), policy(), effect(success, at(0.6)), RUN_ID);
    assert.ok(settled.type === "put");
    const done = { ...waiting, ...settled.standing } as StoredJob;
    const repeat = runJob(done, "r", context(at(0.8)));
    assert.equal(repeat.write, undefined);
    assert.deepEqual(repeat.answer.type === "asked" && repeat.answer.occurrence, at(0.5));
  });
  it("asked again within the millisecond in which its run has ended: another name", () => {
    // On one of the trigger's times, so that the first is later than now.
    const first = written(runJob(stored(everySecond, { occurrence: at(9), at: at(9) }), "", context(at(2))));
    const { settled } = settle(locked(first), policy(), effect(success, at(2)), RUN_ID);
    assert.ok(settled.type === "put");
    const second = written(runJob({ ...first, ...settled.standing } as StoredJob, "", context(at(2))));
    assert.deepEqual([first.occurrence, second.occurrence], [at(2.001), at(2.002)]);
  });
  it("RUNNING: once more, asked twice still once, and the lock is untouched", () => {
    const first = written(runJob(out, "r1", context(at(1.5))));
    assert.deepEqual(first.again, { occurrence: at(1.5), requestId: "r1" });
    assert.deepEqual([first.lock, first.occurrence, first.at], [out.lock, out.occurrence, out.at]);
    const second = written(runJob(first, "r2", context(at(1.8))));
    assert.deepEqual(second.again, { occurrence: at(1.5), requestId: "r2" });
  });
  it("RETRYING: the retry, moved up", () => {
    const retrying = { ...waiting, attempt: 1, failures: 1, at: at(60), due: at(60) };
    const job = written(runJob(retrying, "", context(at(5))));
    assert.deepEqual([job.occurrence, job.cause, job.due, job.failures], [at(1), "trigger", at(5), 1]);
  });
  it("a job that runs once and has not run: its only occurrence", () => {
    const later = stored({ type: "once", time: at(100) });
    const job = written(runJob(later, "", now));
    assert.deepEqual([job.occurrence, job.regular, job.due], [at(0.5), undefined, at(0.5)]);
    assert.equal(settle(locked(job), policy(), effect(success, at(1)), RUN_ID).settled.type, "delete");
  });
  it("PAUSED: it runs, and stays paused", () => {
    const paused = written(pauseJob(waiting, "why", now));
    const job = written(runJob(paused, "", now));
    assert.deepEqual(job.due, at(0.5));
    const { settled } = settle(locked(job), policy(), effect(success, at(0.6)), RUN_ID);
    assert.ok(settled.type === "put");
    assert.deepEqual([settled.standing.at, settled.standing.due], [at(1), undefined]);
  });
  it("PAUSED while it backs off: the retry goes on now, and the trigger after it", () => {
    const retrying = { ...waiting, attempt: 1, failures: 1, at: at(60), due: at(60) };
    const paused = written(pauseJob(retrying, "", context(at(2))));
    const job = written(runJob(paused, "", context(at(5))));
    assert.deepEqual(
      [job.occurrence, job.due, job.failures, job.regular],
      [at(1), at(5), 1, { occurrence: at(2), at: at(2) }],
    );
    const { settled } = settle(locked(job), policy(), effect(success, at(6)), RUN_ID);
    assert.ok(settled.type === "put");
    assert.deepEqual([settled.standing.occurrence, settled.standing.counts.occurrences], [at(2), 1]);
  });
  it("DEAD: refused with its state", () => {
    const { due, at: _, ...rest } = waiting;
    assert.deepEqual(runJob({ ...rest, dead: "exhausted" }, "", now).answer, { type: "state", state: "dead" });
  });
  it("two runs of a job never share an occurrence", () => {
    const ended = {
      ...waiting,
      last: { token: TOKEN, state: "succeeded", by: "worker", endedAt: at(0.5), error: "" },
    } as StoredJob;
    assert.ok(written(runJob(ended, "", now)).occurrence > at(0.5));
    const dueNow = written(runJob(waiting, "", context(at(1))));
    assert.notDeepEqual(dueNow.occurrence, at(1));
    // Nor does one of a caller's take the time of a pending one that may still run.
    assert.deepEqual(written(runJob(waiting, "", context(at(5)))).occurrence, at(5.001));
    assert.deepEqual(written(runJob(out, "", context(at(5)))).again?.occurrence, at(5.001));
    // Also of a trigger that can't be computed here, which RunJob does not need.
    const trigger = { type: "cron", expression: "* * * * *", timeZone: "Mars/Olympus", dialect: "unix" } as const;
    assert.deepEqual(written(runJob({ ...waiting, trigger }, "", context(at(60)))).occurrence, at(60));
  });
});

describe("a caller's write to a locked job", () => {
  const edits: [string, () => { write?: { type: string; job?: StoredJob } }][] = [
    ["pause", () => pauseJob(out, "r", now)],
    ["resume", () => resumeJob({ ...out, pause: { reason: "", at: at(0) } })],
    ["run", () => runJob(out, "", now)],
    ["cancel", () => cancelRun(out, "", now)],
    ["update", () => updateJob(out, { trigger: once, payload: new Uint8Array([7]), priority: 0 }, "", now)],
  ];
  for (const [name, edit] of edits) {
    it(`${name}: changes the etag, never lock, occurrence or at`, () => {
      const job = written(edit());
      assert.deepEqual(
        [job.lock, job.occurrence, job.at, job.due, job.attempt],
        [out.lock, out.occurrence, out.at, undefined, out.attempt],
      );
      assert.notEqual(job.etag, out.etag);
    });
  }
  it("an update marks its payload and its trigger for settle", () => {
    const job = written(updateJob(out, { trigger: once, payload: new Uint8Array([7]) }, "", now));
    assert.deepEqual([job.payloadEdited, job.triggerCount, job.triggerFrom], [true, 0, at(0.5)]);
  });
});

describe("delete and replace", () => {
  it("end the task that is out: a cancelled run, and a notice for its server", () => {
    const removed = deleteJob(out, "", now);
    assert.equal(removed.write?.type, "delete");
    assert.deepEqual(
      [removed.run?.state, removed.run?.by, removed.notice?.reason, removed.notice?.lease],
      ["cancelled", "caller", "job_deleted", "L1"],
    );
    const fresh = stored(once, { uid: "fedcba9876543210" });
    const replaced = replaceJob(out, fresh, now);
    const job = written(replaced);
    assert.equal(job.lock, undefined);
    assert.ok(job.fence > out.fence);
    assert.equal(replaced.run?.token, TOKEN);
  });
  it("a delete with another etag is refused with the stored one", () => {
    assert.deepEqual(deleteJob(out, "other", now).answer, { type: "etag", stored: out.etag });
  });
});

describe("cancel", () => {
  it("is refused where no task is out, or another than the one named", () => {
    assert.deepEqual(cancelRun(waiting, "", now).answer, { type: "state", state: "scheduled" });
    assert.equal(cancelRun(out, "other", now).answer.type, "state");
  });
  it("asked twice writes once, and leaves the same notice again: the first may not have been left", () => {
    const first = cancelRun(out, "", now);
    const job = written(first);
    assert.equal(job.cancel, TOKEN);
    assert.deepEqual(first.notice, { token: TOKEN, lease: "L1", slug: out.slug, reason: "requested" });
    assert.deepEqual(cancelRun(job, "", now), { answer: first.answer, notice: first.notice });
  });
  it("asked again after an adoption tells the server that has the task now", () => {
    const job = written(cancelRun(out, "", now));
    assert.ok(job.lock);
    const { notice } = cancelRun({ ...job, lock: { ...job.lock, lease: "L2", stream: 1 } }, "", now);
    assert.deepEqual([notice?.token, notice?.lease], [TOKEN, "L2"]);
  });
});

describe("requeue", () => {
  it("makes a dead job due now with a new set of attempts, and its occurrence is not counted twice", () => {
    const single = locked(stored(once));
    const gaveUp = settle(
      single,
      policy({}, { maxAttempts: 1 }),
      effect({ type: "failure", error: "x" }, at(1)),
      RUN_ID,
    ).settled;
    assert.ok(gaveUp.type === "put");
    const { lock, at: _, ...rest } = single;
    const deadJob = { ...rest, ...gaveUp.standing } as StoredJob;
    const job = written(requeueJob(deadJob, context(at(9))));
    assert.deepEqual([stateOf(job), job.due, job.attempt, job.failures], ["scheduled", at(9), 0, 0]);
    assert.deepEqual(job.counts, counts({ failed: 1 }));
  });
  it("runs the dead occurrence however late it is; what came meanwhile is pending after it", () => {
    const { due, at: _, ...rest } = { ...waiting, attempt: 3, failures: 3, counts: counts({ occurrences: 1 }) };
    const job = written(requeueJob({ ...rest, dead: "exhausted" }, context(at(900.5))));
    const skip = policy({ misfire: "skip", misfireGraceMs: 1 });
    const out_ = locked(job);
    assert.deepEqual([job.occurrence, job.due, start(out_, skip, at(901))], [at(1), at(900.5), { type: "run" }]);
    const { settled } = settle(out_, skip, effect(success, at(902)), RUN_ID);
    assert.ok(settled.type === "put");
    assert.deepEqual([settled.standing.occurrence, settled.standing.byHand], [at(2), undefined]);
  });
  it("what a trigger could not give is one more of the trigger's", () => {
    const { due, at: _, ...rest } = waiting;
    const job = written(requeueJob({ ...rest, dead: "trigger_error" }, context(at(9.5))));
    assert.deepEqual([job.occurrence, job.byHand, job.triggerCount], [at(9.5), true, 2]);
    const changed = written(requeueJob({ ...rest, dead: "trigger_error", triggerCount: 0 }, context(at(9.5))));
    assert.equal(changed.triggerCount, 0);
  });
  it("leaves others alone", () => {
    assert.deepEqual(requeueJob(waiting, now).answer, { type: "state", state: "scheduled" });
  });
});

describe("update", () => {
  it("another trigger: the next occurrence from now, and a completed job starts again", () => {
    const { due, at: _, ...rest } = waiting;
    const completed: StoredJob = { ...rest, expireAt: at(60) };
    const job = written(
      updateJob(completed, { trigger: { type: "interval", everyMs: 10_000, anchor: at(0) } }, "", context(at(5))),
    );
    assert.deepEqual([job.due, stateOf(job)], [at(10), "scheduled"]);
  });
  it("also a completed one whose last run was RunJob's", () => {
    const { due, at: _, ...rest } = waiting;
    const completed: StoredJob = { ...rest, cause: "run_job", expireAt: at(60) };
    const trigger = { type: "interval", everyMs: 2_000, anchor: at(0) } as const;
    const job = written(updateJob(completed, { trigger }, "", context(at(5))));
    assert.deepEqual([job.due, stateOf(job), job.cause, job.regular], [at(6), "scheduled", "trigger", undefined]);
  });
  it("to run once at the time of an occurrence that had begun: an occurrence of its own", () => {
    const begun = { ...waiting, attempt: 1, failures: 1 };
    const trigger = { type: "once", time: at(1) } as const;
    assert.deepEqual(written(updateJob(begun, { trigger }, "", context(at(5)))).occurrence, at(1.001));
    assert.deepEqual(written(updateJob(waiting, { trigger }, "", context(at(5)))).occurrence, at(1));
  });
  it("a trigger that never fires is refused", () => {
    assert.throws(
      () =>
        updateJob(
          waiting,
          { trigger: { type: "cron", expression: "0 0 30 2 *", timeZone: "UTC", dialect: "unix" } },
          "",
          now,
        ),
      { reason: "NEVER_FIRES" },
    );
  });
});
