import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dueTime } from "../../src/core/due-time.js";
import { type Standing, type StoredJob, stateOf } from "../../src/core/job.js";
import type { Policy } from "../../src/core/policy.js";
import { start } from "../../src/core/start.js";
import type { Trigger } from "../../src/core/trigger.js";
import { cron } from "./cron/walk.js";
import { at, counts, everySecond, locked, once, policy, stored, TOKEN } from "./job-builder.js";

/** Each situation under each policy: late after 1 s, at most 3 replays. */
const POLICIES = {
  fire_once: policy({ misfire: "fire_once", misfireGraceMs: 1_000, maxReplays: 3 }),
  skip: policy({ misfire: "skip", misfireGraceMs: 1_000, maxReplays: 3 }),
  replay: policy({ misfire: "replay", misfireGraceMs: 1_000, maxReplays: 3 }),
};

const everyMinute: Trigger = { type: "interval", everyMs: 60_000, anchor: at(0) };
const second = locked(stored(everySecond));
const minute = locked(stored(everyMinute));
const within = (bounds: Partial<Trigger>): StoredJob => locked(stored({ ...everySecond, ...bounds } as Trigger));
const asked = { occurrence: at(4.5), requestId: "r" };

interface Situation {
  readonly job: StoredJob;
  readonly now: number;
  /** What each policy makes of it, as `told` says it. */
  readonly fire_once: string;
  readonly skip: string;
  readonly replay: string;
}

const SITUATIONS: Readonly<Record<string, Situation>> = {
  "on time": { job: second, now: 1.4, fire_once: "run 1", skip: "run 1", replay: "run 1" },
  "late, and none other pending": {
    job: minute,
    now: 100,
    fire_once: "run 60",
    skip: "1 missed, next 120",
    replay: "run 60",
  },
  "late by just the grace": {
    job: minute,
    now: 61,
    fire_once: "run 60",
    skip: "1 missed, next 120",
    replay: "run 60",
  },
  "not quite late": { job: minute, now: 60.999, fire_once: "run 60", skip: "run 60", replay: "run 60" },
  "exactly at the next one": {
    job: second,
    now: 2,
    fire_once: "1 missed, run 2",
    skip: "1 missed, run 2",
    replay: "run 1",
  },
  "as many as are replayed": {
    job: second,
    now: 3.4,
    fire_once: "2 missed, run 3",
    skip: "2 missed, run 3",
    replay: "run 1",
  },
  "more than are replayed": {
    job: second,
    now: 4.4,
    fire_once: "3 missed, run 4",
    skip: "3 missed, run 4",
    replay: "1 missed, run 2",
  },
  "many pending, the newest late": {
    job: minute,
    now: 661,
    fire_once: "10 missed, run 660",
    skip: "11 missed, next 720",
    replay: "8 missed, run 540",
  },
  "of a cron trigger": {
    job: locked(stored(cron("* * * * *"))),
    now: 661,
    fire_once: "10 missed, run 660",
    skip: "11 missed, next 720",
    replay: "8 missed, run 540",
  },
  "begun: a retry": { job: { ...second, attempt: 2 }, now: 400, fire_once: "run 1", skip: "run 1", replay: "run 1" },
  "begun: released": { job: { ...second, releases: 1 }, now: 400, fire_once: "run 1", skip: "run 1", replay: "run 1" },
  "begun: snoozed": { job: { ...second, snoozes: 1 }, now: 400, fire_once: "run 1", skip: "run 1", replay: "run 1" },
  "set by hand": { job: { ...second, byHand: true }, now: 400, fire_once: "run 1", skip: "run 1", replay: "run 1" },
  "RunJob's own": {
    job: { ...second, cause: "run_job", regular: { occurrence: at(1), at: at(1) } },
    now: 400,
    fire_once: "run 1",
    skip: "run 1",
    replay: "run 1",
  },
  "BackfillJob's": {
    job: { ...second, cause: "backfill" },
    now: 400,
    fire_once: "run 1",
    skip: "run 1",
    replay: "run 1",
  },
  "runs once": { job: locked(stored(once)), now: 9e8, fire_once: "run 0", skip: "run 0", replay: "run 0" },
  "its end came meanwhile": {
    job: within({ endTime: at(5) }),
    now: 400,
    fire_once: "3 missed, run 4",
    skip: "4 missed, gone",
    replay: "1 missed, run 2",
  },
  "its end came, and it stays": {
    job: { ...within({ endTime: at(5) }), policy: { jobRetentionMs: 60_000 } },
    now: 400,
    fire_once: "3 missed, run 4",
    skip: "4 missed, completed until 460",
    replay: "1 missed, run 2",
  },
  "fewer occurrences are left than came": {
    job: within({ maxOccurrences: 5 }),
    now: 400,
    fire_once: "4 missed, run 5",
    skip: "5 missed, gone",
    replay: "2 missed, run 3",
  },
  "fewer are left, and more than are replayed came after those that were given": {
    job: { ...within({ maxOccurrences: 9 }), triggerCount: 7 },
    now: 400,
    fire_once: "2 missed, run 3",
    skip: "3 missed, gone",
    replay: "run 1",
  },
  "the last one": {
    job: { ...within({ maxOccurrences: 7 }), triggerCount: 7 },
    now: 400,
    fire_once: "run 1",
    skip: "1 missed, gone",
    replay: "run 1",
  },
  "fewer are left of a cron trigger": {
    job: locked(stored({ ...cron("* * * * *"), maxOccurrences: 6 })),
    now: 661,
    fire_once: "5 missed, run 360",
    skip: "6 missed, gone",
    replay: "3 missed, run 240",
  },
  "a fixed delay: nothing else can be pending": {
    job: locked(stored({ type: "fixed_delay", everyMs: 60_000 })),
    now: 661,
    fire_once: "run 60",
    skip: "1 missed, next 721",
    replay: "run 60",
  },
  "its trigger was changed while it was out: it is of the old one": {
    job: { ...second, triggerCount: 0, triggerFrom: at(300.5) },
    now: 400,
    fire_once: "run 1",
    skip: "1 missed, next 301",
    replay: "run 1",
  },
  "paused while it was out": {
    job: { ...minute, pause: { reason: "", at: at(60) } },
    now: 100,
    fire_once: "run 60",
    skip: "1 missed, next 120",
    replay: "run 60",
  },
  "RunJob was asked for while it was out": {
    job: { ...minute, again: asked },
    now: 100,
    fire_once: "run 60",
    skip: "1 missed, RunJob's 4.5, then 120",
    replay: "run 60",
  },
  "RunJob was asked for, and nothing is left": {
    job: { ...within({ endTime: at(5) }), again: asked },
    now: 400,
    fire_once: "3 missed, run 4",
    skip: "4 missed, RunJob's 4.5",
    replay: "1 missed, run 2",
  },
};

function told(job: StoredJob, of: Policy, now: number): string {
  const answer = start(job, { ...of, ...job.policy } as Policy, at(now));
  if (answer.type === "run") {
    const { keep } = answer;
    if (!keep) return `run ${seconds(job.occurrence)}`;
    const { missed } = keep.counts;
    assert.deepEqual([keep.triggerCount, keep.counts.occurrences], [job.triggerCount + missed, missed]);
    return `${missed} missed, run ${seconds(keep.occurrence)}`;
  }
  // What is deleted has no counts: those of the same job where it stays.
  if (answer.settled.type === "delete") {
    return told(job, { ...of, jobRetentionMs: 1 }, now).replace(/completed.*/, "gone");
  }
  return toldFree(job, answer.settled.standing, at(now));
}

function toldFree(job: StoredJob, standing: Standing, now: Date): string {
  const { counts, occurrence, regular } = standing;
  assert.deepEqual([standing.attempt, standing.failures, counts.occurrences], [0, 0, counts.missed]);
  for (const name of ["again", "cancel", "payloadEdited"]) assert.ok(!(name in standing), name);
  const { lock, at: _, ...unlocked } = job;
  const isClaimable = stateOf({ ...unlocked, ...standing }) === "scheduled";
  assert.deepEqual(standing.due, isClaimable ? standing.at : undefined);
  const missed = `${counts.missed} missed, `;
  if (standing.expireAt) return `${missed}completed until ${seconds(standing.expireAt)}`;
  if (standing.cause !== "run_job") return `${missed}next ${seconds(occurrence)}`;
  assert.deepEqual([standing.at, standing.ran], [now, asked]);
  return `${missed}RunJob's ${seconds(occurrence)}${regular ? `, then ${seconds(regular.occurrence)}` : ""}`;
}

function seconds(time: Date): number {
  return (time.getTime() - at(0).getTime()) / 1_000;
}

for (const name of ["fire_once", "skip", "replay"] as const) {
  describe(`start, ${name}`, () => {
    for (const [situation, row] of Object.entries(SITUATIONS)) {
      it(`${situation}: ${row[name]}`, () => assert.equal(told(row.job, POLICIES[name], row.now), row[name]));
    }
  });
}

describe("start", () => {
  it("with jitter an occurrence is pending once its due time has come, and late from then on", () => {
    const trigger: Trigger = { ...everyMinute, jitterMs: 60_000 };
    const job = locked(stored(trigger));
    const due = dueTime(trigger, job.uid, at(660)).getTime();
    const fire = (ms: number) => told(job, POLICIES.fire_once, (ms - at(0).getTime()) / 1_000);
    const skip = (ms: number) => told(job, POLICIES.skip, (ms - at(0).getTime()) / 1_000);
    assert.equal(fire(due - 1), "9 missed, run 600", "the newest's jitter has not passed: the one before it runs");
    assert.equal(fire(due), "10 missed, run 660");
    assert.equal(skip(due - 1), "10 missed, next 660", "which is not late, nor lost");
    assert.equal(skip(due + 999), "10 missed, run 660");
    assert.equal(skip(due + 1_000), "11 missed, next 720");
    const kept = start(job, POLICIES.fire_once, new Date(due));
    assert.deepEqual(kept.type === "run" && kept.keep?.at, new Date(due));
    const replayed = start(job, POLICIES.replay, new Date(due));
    assert.deepEqual(replayed.type === "run" && replayed.keep?.at, dueTime(trigger, job.uid, at(540)));
  });

  it("what is skipped keeps what is known of earlier runs, and nothing of a cancellation", () => {
    const job: StoredJob = {
      ...minute,
      cancel: TOKEN,
      payloadEdited: true,
      last: { token: "t", state: "succeeded", by: "worker", endedAt: at(1), error: "" },
      lastResult: new Uint8Array([7]),
      lastSuccessAt: at(1),
      ran: asked,
      counts: counts({ succeeded: 4, occurrences: 5, missed: 1 }),
    };
    const answer = start(job, POLICIES.skip, at(100));
    assert.ok(answer.type === "free" && answer.settled.type === "put");
    const { last, lastResult, lastSuccessAt, ran } = job;
    assert.deepEqual(answer.settled.standing, {
      ...{ occurrence: at(120), at: at(120), due: at(120), cause: "trigger", triggerCount: 2 },
      ...{ attempt: 0, failures: 0, releases: 0, snoozes: 0, losses: 0 },
      ...{ last, lastResult, lastSuccessAt, ran },
      counts: counts({ succeeded: 4, occurrences: 6, missed: 2 }),
    });
  });
});
