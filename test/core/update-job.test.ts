import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pauseJob, runJob } from "../../src/core/edits.js";
import { type StoredJob, stateOf } from "../../src/core/job.js";
import { STANDING_FIELDS, settle } from "../../src/core/settle.js";
import type { TriggerInput } from "../../src/core/trigger.js";
import { type JobUpdate, updateJob } from "../../src/core/update-job.js";
import {
  at,
  context,
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
  written,
} from "./job-builder.js";

const now = context(at(0.5));

const update = (job: StoredJob, change: JobUpdate, seconds = 0.5) => updateJob(job, change, "", context(at(seconds)));
const move = (job: StoredJob, seconds: number, at_ = 0.5) => update(job, { next: { time: at(seconds) } }, at_);

/** What a store has once this outcome was recorded. */
function after(job: StoredJob, outcome: Parameters<typeof effect>[0], seconds: number): StoredJob {
  const { settled } = settle(locked(job), policy(), effect(outcome, at(seconds)), RUN_ID);
  assert.ok(settled.type === "put");
  const { lock, ...rest } = locked(job);
  const definition = Object.entries(rest).filter(
    ([name]) => !STANDING_FIELDS.includes(name as keyof StoredJob as never),
  );
  return { ...Object.fromEntries(definition), ...settled.standing } as unknown as StoredJob;
}

const deadJob = (): StoredJob => after(stored(once), { type: "failure", error: "x", permanent: true }, 1);
const completed = (): StoredJob => {
  const { due, at: _, ...rest } = stored(everySecond);
  return { ...rest, expireAt: at(60) };
};

describe("UpdateJob", () => {
  it("changes what it names and nothing else, under a new etag", () => {
    const job = stored(everySecond, { labels: { a: "1" }, policy: { timeoutMs: 5 } });
    const changes = { payload: new Uint8Array([2]), contentType: "a/b", labels: {}, policy: {}, priority: 0 } as const;
    for (const [name, value] of Object.entries(changes)) {
      const to = written(update({ ...job, contentType: "c/d" }, { [name]: value }));
      assert.deepEqual({ ...to, etag: job.etag }, { ...job, contentType: "c/d", [name]: value }, name);
      assert.notEqual(to.etag, job.etag);
    }
  });

  it("writes nothing where nothing would be another", () => {
    const job = stored(
      { type: "cron", expression: "* * * * *", timeZone: "UTC", dialect: "unix" },
      { policy: { retry: { maxAttempts: 3 } } },
    );
    const same: JobUpdate = {
      payload: new Uint8Array([1]),
      labels: {},
      contentType: "",
      policy: { retry: { maxAttempts: 3 } },
      priority: 2,
      trigger: { type: "cron", dialect: "unix", timeZone: "UTC", expression: "* * * * *" },
    };
    assert.deepEqual(update(job, same), { answer: { type: "updated", job } });
    assert.deepEqual(updateJob(undefined, same, "", now), { answer: { type: "missing" } });
    assert.deepEqual(updateJob(job, same, "other", now).answer, { type: "etag", stored: job.etag });
  });

  it("an equal payload leaves a task's own new one alone; another one does not", () => {
    const out = locked(stored(everySecond));
    assert.equal(update(out, { payload: new Uint8Array([1]) }).write, undefined);
    const beside = written(update(out, { payload: new Uint8Array([1]), labels: { a: "1" } }));
    assert.equal(beside.payloadEdited, undefined);
    assert.equal(written(update(out, { payload: new Uint8Array([2]) })).payloadEdited, true);
  });

  const other: TriggerInput = { type: "interval", everyMs: 10_000, anchor: at(0) };

  it("another trigger: its first time from now, whatever the job was waiting for", () => {
    const retrying = after(stored(everySecond), failure, 1);
    assert.equal(stateOf(retrying), "retrying");
    const to = written(update(retrying, { trigger: other }, 5));
    assert.deepEqual(
      [to.occurrence, to.due, to.attempt, to.failures, to.triggerCount, to.triggerFrom],
      [at(10), at(10), 0, 0, 1, at(5)],
    );
    const paused = written(pauseJob(stored(everySecond), "", now));
    const still = written(update(paused, { trigger: other }, 5));
    assert.deepEqual([stateOf(still), still.at, still.due], ["paused", at(10), undefined]);
  });

  it("a past time that the former trigger had, and that may have run: another name", () => {
    const ran = after(stored(everySecond), success, 1.1);
    const names = [at(1), at(1.2)].map(
      (time) => written(update(ran, { trigger: { type: "once", time } }, 1.5)).occurrence,
    );
    assert.deepEqual(names, [at(1.001), at(1.2)]);
    const fresh = written(update(stored(everySecond), { trigger: once }, 0));
    assert.deepEqual(fresh.occurrence, at(0), "none was before it");
  });

  it("another trigger while RunJob's run waits: that run goes first, the new trigger after it", () => {
    const asked = written(runJob(stored(everySecond), "", now));
    const to = written(update(asked, { trigger: other }, 0.6));
    assert.deepEqual([to.due, to.cause, to.regular?.occurrence], [at(0.5), "run_job", at(10)]);
    assert.equal(after(to, success, 0.7).due?.getTime(), at(10).getTime());
  });

  it("another trigger while a task is out: settled with, for each way in which that ends", () => {
    const out = written(update(locked(stored(everySecond)), { trigger: other }, 5));
    assert.deepEqual([out.at, out.occurrence, out.triggerCount], [at(1), at(1), 0]);
    const ends = (outcome: Parameters<typeof effect>[0]) =>
      settle(out, policy(), effect(outcome, at(6)), RUN_ID).settled;
    const done = ends(success);
    assert.ok(done.type === "put");
    assert.deepEqual([done.standing.due, done.standing.triggerCount], [at(10), 1]);
    const failed = ends(failure);
    assert.ok(failed.type === "put");
    assert.deepEqual([failed.standing.occurrence, failed.standing.triggerCount], [at(1), 0], "it is retried first");
  });

  it("once, at the time that the task which is out has: after it, under another name", () => {
    const out = written(update(locked(stored(everySecond)), { trigger: { type: "once", time: at(1) } }, 1));
    const { settled } = settle(out, policy(), effect(success, at(1.5)), RUN_ID);
    assert.ok(settled.type === "put");
    assert.deepEqual(settled.standing.occurrence, at(1.001));
  });

  it("a COMPLETED job starts again with another trigger, and stays so without one", () => {
    assert.equal(stateOf(written(update(completed(), { trigger: other }, 5))), "scheduled");
    assert.equal(stateOf(written(update(completed(), { labels: { a: "1" } }))), "completed");
    assert.equal(stateOf(written(update(completed(), { trigger: once }, 5))), "scheduled");
  });

  it("a DEAD job stays so, and has its new trigger once it is requeued", () => {
    const to = written(update(deadJob(), { trigger: other }, 5));
    assert.deepEqual([stateOf(to), to.due, to.triggerCount], ["dead", undefined, 0]);
  });
});

describe("UpdateJob, the next occurrence", () => {
  it("moves, earlier or later, and the trigger goes on with its first time after it", () => {
    for (const [to, following] of [
      [0.7, 1],
      [5.5, 6],
      [7, 8],
    ] as const) {
      const job = written(move(stored(everySecond), to));
      assert.deepEqual(
        [job.occurrence, job.at, job.due, job.byHand, job.cause],
        [at(to), at(to), at(to), true, "trigger"],
      );
      assert.equal(job.triggerCount, 1, "it is one of the trigger's");
      const next = after(job, success, to + 0.1);
      assert.deepEqual([next.occurrence, next.due, next.byHand], [at(following), at(following), undefined]);
      assert.deepEqual(next.counts, counts({ succeeded: 1, occurrences: 1 }), "none between is missed");
    }
  });

  it("writes nothing where it is there already", () => {
    const there = written(move(stored(everySecond), 9));
    assert.deepEqual(move(there, 9), { answer: { type: "updated", job: there } });
    const beside = written(move(written(runJob(stored(everySecond), "r", now)), 9));
    assert.deepEqual(move(beside, 9), { answer: { type: "updated", job: beside } });
    assert.ok(move(stored(everySecond), 1).write, "the trigger's own time, held by hand");
  });

  it("by a span from now; a past time is now", () => {
    const delayed = written(update(stored(everySecond), { next: { delayMs: 250 } }));
    assert.deepEqual(delayed.due, at(0.75));
    const past = written(move(stored(everySecond), -100));
    assert.deepEqual([past.due, past.occurrence], [at(0.5), at(0.5)]);
  });

  it("twice: the second counts, and what the trigger gives goes by it", () => {
    const job = written(move(written(move(stored(everySecond), 60)), 3.5, 0.6));
    assert.deepEqual([job.due, job.triggerCount], [at(3.5), 1]);
    assert.deepEqual(after(job, success, 3.6).due, at(4));
  });

  it("of a job that runs once: it runs then, and not at its own time as well", () => {
    for (const own of [10, 100]) {
      const job = written(move(stored({ type: "once", time: at(own) }), 50));
      assert.deepEqual([job.due, job.trigger], [at(50), { type: "once", time: at(own) }]);
      assert.equal(settle(locked(job), policy(), effect(success, at(51)), RUN_ID).settled.type, "delete", `${own}`);
    }
  });

  it("with another trigger in the same update: that trigger's first, moved", () => {
    const trigger: TriggerInput = { type: "interval", everyMs: 10_000, anchor: at(0) };
    const job = written(update(stored(everySecond), { trigger, next: { time: at(12) } }));
    assert.deepEqual([job.due, job.triggerCount], [at(12), 1]);
    assert.deepEqual(after(job, success, 13).due, at(20));
    const again = written(update(completed(), { trigger, next: { time: at(12) } }, 5));
    assert.deepEqual([stateOf(again), again.due], ["scheduled", at(12)]);
  });

  it("RETRYING: the retry, under its own name; no occurrence before it is made up for", () => {
    const job = written(move(after(stored(everySecond), failure, 1), 60.5, 2));
    assert.deepEqual([job.occurrence, job.due, job.failures, stateOf(job)], [at(1), at(60.5), 1, "retrying"]);
    assert.deepEqual(after(job, success, 60.6).due, at(61));
    const back = written(move(job, 3, 2.5));
    assert.deepEqual(after(back, success, 3.1).due, at(4));
  });

  it("PAUSED: it moves, and the job stays paused", () => {
    const job = written(move(written(pauseJob(stored(everySecond), "", now)), 9));
    assert.deepEqual([stateOf(job), job.at, job.due], ["paused", at(9), undefined]);
  });

  it("beside RunJob's run that waits: the trigger's; that run keeps its time", () => {
    const asked = written(runJob(stored(everySecond), "r", now));
    const job = written(move(asked, 9, 0.6));
    assert.deepEqual([job.occurrence, job.due, job.cause], [at(0.5), at(0.5), "run_job"]);
    const next = after(job, success, 0.7);
    assert.deepEqual([next.due, next.byHand, next.triggerCount], [at(9), true, 1]);
  });

  it("beside RunJob's run of the same millisecond: to another name", () => {
    const asked = written(runJob(stored(everySecond), "r", now));
    const { occurrence, regular } = written(move(asked, -9, 0.5));
    assert.deepEqual([occurrence, regular?.occurrence], [at(0.5), at(0.501)]);
  });

  it("of a job that has only RunJob's run, or BackfillJob's, the due time alone: its name was told", () => {
    const asked = written(runJob(stored({ type: "once", time: at(100) }), "r", now));
    const job = written(move(asked, 9, 0.6));
    assert.deepEqual([job.occurrence, job.due], [at(0.5), at(9)]);
    const backfill = stored(
      { type: "once", time: at(-60) },
      { cause: "backfill", backfillOf: "b", at: at(0), due: at(0) },
    );
    const later = written(move(backfill, 9));
    assert.deepEqual([later.occurrence, later.due, later.cause], [at(-60), at(9), "backfill"]);
  });

  it("RUNNING, DEAD, COMPLETED: refused with the state, and nothing of the update is written", () => {
    const change: JobUpdate = { labels: { a: "1" }, next: { time: at(9) } };
    for (const [job, state] of [
      [locked(stored(everySecond)), "running"],
      [deadJob(), "dead"],
      [completed(), "completed"],
    ] as const) {
      const runId = job.lock && now.runIdOf(job.lock.token);
      assert.deepEqual(update(job, change), { answer: { type: "state", state, ...(runId && { runId }) } });
    }
    assert.deepEqual(update(deadJob(), { trigger: everySecond, ...change }).answer, { type: "state", state: "dead" });
  });

  it("stays within the trigger's bounds: at its start, and never at its end", () => {
    const bounds = { startTime: at(100), endTime: at(200) };
    const job = stored({ type: "interval", everyMs: 1_000, anchor: at(0), ...bounds });
    assert.deepEqual(written(move(job, 50)).due, at(100));
    assert.deepEqual(written(move(job, 199.9)).due, at(199.9));
    assert.throws(() => move(job, 200), { reason: "NEVER_FIRES", facts: { field: "next_time" } });
    const late = () => update(job, { next: { delayMs: 300_000 } });
    assert.throws(late, { reason: "NEVER_FIRES", facts: { field: "delay" } });
    // Also where it waits beside RunJob's.
    const asked = written(runJob(job, "r", now));
    assert.deepEqual(written(move(asked, 50, 0.6)).regular?.occurrence, at(100));
    assert.throws(() => move(asked, 200, 0.6), { reason: "NEVER_FIRES" });
  });

  it("a retry may be put off past the trigger's end: its occurrence is of before", () => {
    const job = stored(
      { type: "interval", everyMs: 1_000, anchor: at(0), endTime: at(5) },
      { attempt: 1, failures: 1 },
    );
    const to = written(move(job, 60, 2));
    assert.deepEqual([to.occurrence, to.due], [at(1), at(60)]);
  });

  it("never shares a name with an occurrence that has been", () => {
    const last = { token: TOKEN, state: "succeeded", by: "worker", endedAt: at(0.5), error: "" } as const;
    assert.ok(written(move(stored(everySecond, { last }), -1)).occurrence > at(0.5));
  });
});
