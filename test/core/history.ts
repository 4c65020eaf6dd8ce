import assert from "node:assert/strict";
import { dueTime } from "../../src/core/due-time.js";
import type { Edit } from "../../src/core/edit.js";
import { cancelRun, type EditContext, pauseJob, requeueJob, resumeJob, runJob } from "../../src/core/edits.js";
import { dueOf, hasBegun, type StoredJob } from "../../src/core/job.js";
import type { Outcome } from "../../src/core/outcome.js";
import { type Policy, type PolicyInput, resolvePolicy } from "../../src/core/policy.js";
import { countBetween, isWithin, nextAfter } from "../../src/core/schedule.js";
import { type Settled, settle } from "../../src/core/settle.js";
import { start } from "../../src/core/start.js";
import { occurrencesLeft, type TriggerInput } from "../../src/core/trigger.js";
import { updateJob } from "../../src/core/update-job.js";
import { at, context, effect, locked, policy, RUN_ID, stored } from "./job-builder.js";

export type EditName = "pause" | "resume" | "runJob" | "cancel" | "requeue" | "trigger" | "policy" | "move";

export interface EditStep {
  readonly type: "edit";
  readonly name: EditName;
  readonly trigger: TriggerInput;
  readonly policy: PolicyInput;
  readonly delayMs: number;
}

export interface RunStep {
  readonly type: "run";
  /** From the due time, or from now where that is later, to the claim. */
  readonly lateMs: number;
  readonly runMs: number;
  readonly outcome: Outcome;
  readonly unit: number;
  readonly beforeStart: readonly EditStep[];
  readonly whileOut: readonly EditStep[];
}

export type Step = EditStep | RunStep | { readonly type: "wait"; readonly ms: number };

const BASE: Policy = policy({}, { maxAttempts: 3, initialBackoffMs: 500 });

/** One job through a history, with what must hold at every step, counted beside it. */
export class History {
  #now: number;
  #job: StoredJob | undefined;
  /** Occurrences that began, by time: RunJob's and the trigger's alike. */
  readonly #began = new Set<number>();
  /** The trigger's that ended or were missed. */
  #passed = 0;
  #missed = 0;
  /** The newest start of a pending occurrence, where that was under FIRE_ONCE. */
  #fired: { readonly triggerFrom: Date; readonly at: Date } | undefined;
  /** After this the trigger's count began; undefined where a time was set by hand since. */
  #countedFrom: Date | undefined;

  constructor(trigger: TriggerInput) {
    this.#now = at(0).getTime();
    this.#job = stored(trigger);
    this.#countedFrom = at(0);
  }

  step(step: Step): void {
    if (step.type === "wait") this.#now += step.ms;
    else if (step.type === "edit") this.#edit(step);
    else this.#run(step);
    this.#check();
  }

  #edit({ name, trigger, policy: of, delayMs }: EditStep): void {
    const job = this.#job;
    if (!job) return;
    // No caller is as quick as a millisecond.
    this.#now += 2;
    const now = new Date(this.#now);
    const edit = editOf(name, job, { trigger, policy: of, delayMs }, context(now));
    if (edit?.write?.type !== "put") return;
    const written = edit.write.job;
    assert.notEqual(written.etag, job.etag);
    if (name === "trigger") this.#countedFrom = written.triggerCount > 0 ? now : undefined;
    if (name === "trigger") assert.equal(written.expireAt, undefined, "a completed job starts again");
    if (name === "move") this.#countedFrom = undefined;
    if (name === "requeue") this.#requeue(job, written);
    // RunJob makes an occurrence that it moves up in a paused job its own: it no longer passes as the trigger's.
    if (name === "runJob" && job.cause === "trigger" && written.cause === "run_job" && hasBegun(job)) {
      assert.deepEqual(written.occurrence, job.occurrence);
      this.#passed++;
    }
    this.#job = { ...written, rev: job.rev + 1 };
  }

  #requeue(dead: StoredJob, written: StoredJob): void {
    if (dead.dead === "trigger_error") this.#countedFrom = undefined;
    if (written.occurrence.getTime() === dead.occurrence.getTime() && dead.cause === "trigger") this.#passed--;
    // It may begin once more.
    this.#began.delete(written.occurrence.getTime());
  }

  #run(step: RunStep): void {
    const job = this.#job;
    if (!job?.due) return;
    this.#now = Math.max(this.#now, job.due.getTime()) + step.lateMs;
    const begun = hasBegun(job);
    this.#job = locked(job, new Date(this.#now));
    for (const edit of step.beforeStart) this.#edit(edit);
    if (!this.#started(begun)) return;
    for (const edit of step.whileOut) this.#edit(edit);
    this.#now += step.runMs;
    this.#end(step);
  }

  /** False: nothing was found to run. */
  #started(begun: boolean): boolean {
    const job = this.#job as StoredJob;
    const now = new Date(this.#now);
    const of = resolvePolicy(job.policy, undefined, BASE);
    const answer = start(job, of, now);
    if (answer.type === "free") {
      assert.equal(of.misfire, "skip");
      this.#free(job, answer.settled, of);
      return false;
    }
    const out = answer.keep ? { ...job, ...answer.keep } : job;
    this.#miss(job, out, answer.keep?.counts.missed ?? job.counts.missed);
    this.#job = out;
    if (begun) assert.equal(answer.keep, undefined, "an occurrence that had begun keeps its time");
    else this.#begin(out);
    if (!begun && !out.byHand && out.cause === "trigger" && out.triggerCount > 0) {
      checkPending(out, of, now);
      this.#once(out, of, now);
    }
    return true;
  }

  /** After a start under FIRE_ONCE nothing runs that was pending then: one run an outage. */
  #once(out: StoredJob, of: Policy, now: Date): void {
    const { triggerFrom, trigger, uid, occurrence } = out;
    const isSame = this.#fired?.triggerFrom.getTime() === triggerFrom.getTime();
    if (isSame && this.#fired) assert.ok(dueTime(trigger, uid, occurrence) > this.#fired.at, "twice in one outage");
    this.#fired = of.misfire === "fire_once" ? { triggerFrom, at: now } : undefined;
  }

  /** What was passed over between two of the trigger's occurrences, walked. */
  #miss(from: StoredJob, to: StoredJob, missed: number): void {
    const walked = walk(from, to.occurrence);
    assert.equal(missed - from.counts.missed, walked, "missed are those that were passed over");
    assert.equal(to.triggerCount - from.triggerCount, walked);
    this.#missed += walked;
    this.#passed += walked;
  }

  #begin({ occurrence }: StoredJob): void {
    const ms = occurrence.getTime();
    assert.ok(!this.#began.has(ms), "an occurrence began twice");
    this.#began.add(ms);
  }

  #free(job: StoredJob, settled: Settled, of: Policy): void {
    if (settled.type === "delete") {
      this.#job = undefined;
      return;
    }
    const { standing } = settled;
    const missed = standing.counts.missed - job.counts.missed;
    assert.ok(missed >= 1 && of.misfire === "skip");
    this.#missed += missed;
    this.#passed += missed;
    this.#replace(job, settled);
    if (!standing.expireAt) this.#checkNext(job);
  }

  #end({ outcome, unit }: RunStep): void {
    const job = this.#job as StoredJob;
    const of = resolvePolicy(job.policy, undefined, BASE);
    const { settled, run } = settle(job, of, effect(outcome, new Date(this.#now), { unit }), RUN_ID);
    const becomes = settled.type === "put" ? settled.standing : undefined;
    const same = becomes && becomes.occurrence.getTime() === job.occurrence.getTime();
    const isOver = !same || Boolean(becomes.dead || becomes.expireAt);
    if (isOver && job.cause === "trigger") this.#passed++;
    if (settled.type === "delete") {
      this.#job = undefined;
      return;
    }
    this.#replace(job, settled);
    // Handed back as it was: it never began.
    if (!isOver && !hasBegun(this.#job as StoredJob)) {
      this.#began.delete(job.occurrence.getTime());
      this.#fired = undefined;
    }
    if (!isOver) return;
    // The changed trigger has given its first.
    if (job.triggerCount === 0) this.#countedFrom = latest(job.occurrence, job.triggerFrom);
    if (run.effect.outcome.type === "success" && run.effect.outcome.nextTime) this.#countedFrom = undefined;
    if (becomes && !becomes.dead && !becomes.expireAt) this.#checkNext(job);
  }

  #replace(job: StoredJob, { standing, payload }: Extract<Settled, { type: "put" }>): void {
    const { slug, uid, kind, priority, trigger, triggerFrom, policy: own, contentType, labels, traceContext } = job;
    const definition = {
      slug,
      uid,
      kind,
      priority,
      trigger,
      triggerFrom,
      policy: own,
      contentType,
      labels,
      traceContext,
    };
    const { createdAt, updatedAt, etag, rev, fence, pause } = job;
    this.#job = {
      ...definition,
      ...{ createdAt, updatedAt, etag, rev: rev + 1, fence, payload: payload ?? job.payload },
      ...(pause && { pause }),
      ...standing,
    };
  }

  /** What the trigger gives next is later than what ended, of whichever cause that was. */
  #checkNext(ended: StoredJob): void {
    const job = this.#job as StoredJob;
    const regular = job.cause === "trigger" ? job : job.regular;
    if (!regular || (ended.cause === "run_job" && ended.regular)) return;
    assert.ok(regular.occurrence > ended.occurrence, "the next due is later than the settled occurrence");
  }

  #check(): void {
    const job = this.#job;
    if (!job) return;
    const { counts, trigger, triggerCount } = job;
    assert.deepEqual(job.due, dueOf(job), "due exists exactly while the job is claimable");
    assert.deepEqual([counts.occurrences, counts.missed], [this.#passed, this.#missed], "counts add up");
    const given = job.cause === "trigger" ? job : job.regular;
    if (triggerCount === 0 || !given) return;
    assert.ok(isWithin(trigger, given.occurrence), "an occurrence out of the trigger's bounds");
    assert.ok(triggerCount <= (trigger.maxOccurrences ?? triggerCount), "more occurrences than the trigger allows");
    if (this.#countedFrom && (trigger.type === "cron" || trigger.type === "interval")) {
      assert.equal(
        countBetween(trigger, this.#countedFrom, given.occurrence).count,
        triggerCount,
        "none was left out and none doubled",
      );
    }
  }
}

function editOf(
  name: EditName,
  job: StoredJob,
  { trigger, policy: of, delayMs }: Pick<EditStep, "trigger" | "policy" | "delayMs">,
  now: EditContext,
): Edit<unknown> | undefined {
  switch (name) {
    case "pause":
      return pauseJob(job, "", now);
    case "resume":
      return resumeJob(job);
    case "runJob":
      return runJob(job, "", now);
    case "cancel":
      return cancelRun(job, "", now);
    case "requeue":
      return requeueJob(job, now);
    case "policy":
      return updateJob(job, { policy: of }, "", now);
    case "trigger":
      return updateJob(job, { trigger }, "", now);
    case "move":
      return updateJob(job, { next: { delayMs } }, "", now);
  }
}

/** How many of the trigger's occurrences lie from the job's own up to, and without, a later one. */
function walk(job: StoredJob, to: Date): number {
  let walked = 0;
  for (let next: Date | undefined = job.occurrence; next && next < to; next = nextAfter(job.trigger, next)) walked++;
  return walked;
}

/** Of an occurrence that starts: what else is pending is what the policy leaves so. */
function checkPending(out: StoredJob, of: Policy, now: Date): void {
  const { trigger, uid, triggerCount } = out;
  if (trigger.type === "once" || trigger.type === "fixed_delay") return;
  let newer = 0;
  let next = nextAfter(trigger, out.occurrence);
  while (next && dueTime(trigger, uid, next) <= now && newer < occurrencesLeft(trigger, triggerCount)) {
    newer++;
    next = nextAfter(trigger, next);
  }
  if (of.misfire === "replay") assert.ok(newer < of.maxReplays, `${newer} more are pending`);
  else assert.equal(newer, 0, "a newer one is pending");
  const lateMs = now.getTime() - dueTime(trigger, uid, out.occurrence).getTime();
  if (of.misfire === "skip") assert.ok(lateMs < of.misfireGraceMs, "a late one runs");
}

function latest(one: Date, other: Date): Date {
  return one > other ? one : other;
}
