import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkHistory } from "./check.js";
import type { FaultName } from "./faults.js";
import { showFaults } from "./faults.js";
import { Story } from "./story.js";

const GRACE = 5_000;

/**
 * Everything that may happen, and is right: successes, a failure and its retry, a killed and a paused worker's attempts run
 * again, a timeout, a task handed back, one cancelled, one claimed and never sent, and a recurring job that is still there.
 */
function goodStory(): Story {
  const story = new Story();
  const acknowledged = ["ok", "retry", "killed", "paused", "woken", "slow", "back", "stop", "beat"];
  for (const slug of acknowledged) story.tell("caller", 1, { type: "scheduled", slug, answer: "acknowledged" });
  story.tell("caller", 2, { type: "scheduled", slug: "refused", answer: "refused" });
  story.tell("caller", 2, { type: "scheduled", slug: "never-stored", answer: "unknown" });
  for (const worker of ["a", "b", "c"]) story.tell(worker, 5, { type: "connected", server: "s1" });

  story.attempt({ slug: "ok", run: "ok-1", worker: "a", from: 10, to: 20, fence: 1, said: "success" });
  story.tell("a", 22, { type: "receipt", run: "ok-1", state: "recorded" });
  const retried = { slug: "retry", worker: "a" } as const;
  story.attempt({ ...retried, run: "retry-1", from: 10, to: 30, fence: 1, said: "failure", state: "failed" });
  story.attempt({ ...retried, run: "retry-2", from: 140, to: 150, fence: 2, said: "success", attempt: 2 });

  story.attempt({ slug: "killed", run: "killed-1", worker: "b", from: 10, to: 5_100, fence: 7, state: "lost" });
  story.tell("s", 100, { type: "killed", process: "b" });
  story.attempt({ slug: "killed", run: "killed-2", worker: "a", from: 5_200, to: 5_210, fence: 8, said: "success" });

  const late = { slug: "paused", run: "paused-1", worker: "c", from: 10, to: 12_000, fence: 1 } as const;
  story.attempt({ ...late, said: "success" }).alter("paused-1", { state: "lost", endedAt: 6_600, result: "" });
  story.tell("s", 100, { type: "paused", process: "c" }).tell("s", 11_900, { type: "resumed", process: "c" });
  story.tell("c", 12_010, { type: "receipt", run: "paused-1", state: "stale" });
  story.attempt({ slug: "paused", run: "paused-2", worker: "a", from: 7_000, to: 7_010, fence: 2, said: "success" });
  // It wakes to a stream that was ended while it slept, and finds out 50 ms later: one absence.
  const woken = { slug: "woken", run: "woken-1", worker: "c", from: 20_000, to: 24_100, fence: 1 } as const;
  story.attempt({ ...woken, said: "success" }).alter("woken-1", { state: "lost", endedAt: 26_000, result: "" });
  story.tell("s", 20_100, { type: "paused", process: "c" }).tell("s", 23_900, { type: "resumed", process: "c" });
  story.tell("c", 23_950, { type: "disconnected" }).tell("c", 28_000, { type: "connected", server: "s2" });
  story.attempt({ slug: "woken", run: "woken-2", worker: "a", from: 26_400, to: 26_410, fence: 2, said: "success" });

  const slow = { slug: "slow", worker: "a" } as const;
  story.attempt({ ...slow, run: "slow-1", from: 10, to: 2_020, fence: 1, said: "failure", state: "timed_out" });
  story.attempt({ ...slow, run: "slow-2", from: 2_200, to: 2_300, fence: 2, said: "success" });
  const back = { slug: "back", worker: "a" } as const;
  story.attempt({ ...back, run: "back-1", from: 10, to: 15, fence: 1, said: "release", state: "released" });
  story.attempt({ ...back, run: "back-2", from: 1_100, to: 1_200, fence: 2, said: "success" });

  story.tell("caller", 40, { type: "cancel", slug: "stop" });
  const stopped = { slug: "stop", worker: "a", from: 10, to: 50, fence: 1 } as const;
  story.attempt({ ...stopped, run: "stop-1", said: "failure", state: "cancelled" });
  story.job({ slug: "stop", state: "dead", counts: { ...NONE, cancelled: 1 } });

  const beat = { slug: "beat", worker: "a" } as const;
  story.attempt({ ...beat, run: "beat-1", from: 10, to: 20, fence: 1, said: "success" });
  story.attempt({ ...beat, run: "beat-2", from: 1_001, to: 1_010, fence: 3, said: "success", occurrence: 1_000 });
  const unsent = { run: "beat-0", slug: "beat", occurrence: "beat@1000", result: "", dueAt: 1_000 };
  story.runs.push({ ...unsent, state: "released", startedAt: 1_000, endedAt: 1_000 });
  const counts = { ...NONE, succeeded: 2, released: 1 };
  story.job({ slug: "beat", state: "scheduled", dueAt: 100_500, lastResult: "beat-2", counts });
  return story;
}

const NONE = { succeeded: 0, failed: 0, lost: 0, cancelled: 0, released: 0, snoozed: 0 };

/** One fault each, planted in the good story. */
const PLANTED: Record<string, { readonly raises: FaultName; readonly plant: (story: Story) => unknown }> = {
  "an acknowledged job is gone and never ran": {
    raises: "lost",
    plant: (story) => story.tell("caller", 3, { type: "scheduled", slug: "gone", answer: "acknowledged" }),
  },
  "an acknowledged job failed, and is gone": {
    raises: "lost",
    plant: (story) =>
      story
        .tell("caller", 3, { type: "scheduled", slug: "gone", answer: "acknowledged" })
        .attempt({ slug: "gone", run: "g", worker: "a", from: 5, to: 6, fence: 1, said: "failure", state: "failed" }),
  },
  "a recorded result is gone": {
    raises: "lost",
    plant: (story) => {
      const facts = { slug: "x", occurrence: "x@0", run: "x-1", attempt: 1, fence: 1, scheduledAt: 0 };
      story.tell("a", 10, { type: "begun", ...facts }).tell("a", 20, { type: "ended", run: "x-1", said: "success" });
      story.tell("a", 30, { type: "receipt", run: "x-1", state: "recorded" });
    },
  },
  "an attempt began while one that then succeeded was still running": {
    raises: "overlap",
    plant: (story) => {
      const two = { slug: "two", said: "success" } as const;
      story.attempt({ ...two, run: "two-1", worker: "a", from: 10, to: 500, fence: 1, occurrence: 0 });
      story.attempt({ ...two, run: "two-2", worker: "b", from: 300, to: 310, fence: 2, occurrence: 100 });
      story.alter("two-1", { endedAt: 290 });
    },
  },
  "an attempt began before the one before it was given up": {
    raises: "overlap",
    plant: (story) => story.alter("killed-1", { endedAt: 5_300 }),
  },
  "a success runs again": {
    raises: "doubled",
    plant: (story) =>
      story.attempt({ slug: "ok", run: "ok-2", worker: "b", from: 60, to: 70, fence: 2, said: "success" }),
  },
  "an occurrence runs again, and nobody knows what became of its first attempt": {
    raises: "doubled",
    plant: (story) =>
      story.runs.splice(
        story.runs.findIndex(({ run }) => run === "retry-1"),
        1,
      ),
  },
  "one token in two hands": {
    raises: "doubled",
    plant: (story) => {
      const facts = { slug: "ok", occurrence: "ok@0", run: "ok-1", attempt: 1, fence: 1, scheduledAt: 0 };
      story.tell("b", 9, { type: "begun", ...facts });
    },
  },
  "a living, connected worker's attempt is settled as lost": {
    raises: "doubled",
    plant: (story) => {
      const mine = { slug: "mine", worker: "a" } as const;
      story.attempt({ ...mine, run: "mine-1", from: 10, to: 9_000, fence: 1, state: "lost" });
      story.attempt({ ...mine, run: "mine-2", from: 9_100, to: 9_200, fence: 2, said: "success" });
    },
  },
  "a worker that was gone for less than the grace loses its attempt": {
    raises: "doubled",
    plant: (story) => {
      story.tell("a", 3_000, { type: "disconnected" }).tell("a", 6_000, { type: "connected", server: "s2" });
      story.attempt({ slug: "mine", run: "mine-1", worker: "a", from: 10, to: 9_000, fence: 1, state: "lost" });
    },
  },
  "an attempt that had begun is handed back as never sent": {
    raises: "doubled",
    plant: (story) =>
      story.attempt({ slug: "mine", run: "m", worker: "a", from: 10, to: 900, fence: 1, state: "released" }),
  },
  "an attempt begins before its occurrence's time": {
    raises: "early",
    plant: (story) => {
      const soon = {
        slug: "soon",
        run: "soon-1",
        worker: "a",
        from: 990,
        to: 1_010,
        fence: 1,
        occurrence: 1_000,
      } as const;
      story.attempt({ ...soon, said: "success" }).alter("soon-1", { dueAt: 0 });
    },
  },
  "a retry begins before it is due": {
    raises: "early",
    plant: (story) => story.alter("retry-2", { dueAt: 141 }),
  },
  "a run holds another attempt's result": {
    raises: "unfenced",
    plant: (story) => story.alter("paused-2", { result: "paused-1" }),
  },
  "a lost attempt's result was recorded": {
    raises: "unfenced",
    plant: (story) => story.tell("c", 12_020, { type: "receipt", run: "paused-1", state: "recorded" }),
  },
  "a stale result became the job's last": {
    raises: "unfenced",
    plant: (story) => {
      const beat = story.jobs.pop();
      if (beat) story.job({ ...beat, lastResult: "beat-1" });
    },
  },
  "two hand-outs have one fence": {
    raises: "unfenced",
    plant: (story) => {
      const two = { slug: "two", worker: "a", said: "success", fence: 4 } as const;
      story.attempt({ ...two, run: "two-1", from: 10, to: 20 });
      story.attempt({ ...two, run: "two-2", from: 2_000, to: 2_010, occurrence: 1_000 });
    },
  },
  "a later hand-out has the smaller fence": {
    raises: "unfenced",
    plant: (story) => {
      const two = { slug: "two", worker: "a", said: "success" } as const;
      story.attempt({ ...two, run: "two-1", from: 10, to: 20, fence: 5 }).alter("two-1", { startedAt: 60 });
      story.attempt({ ...two, run: "two-2", from: 50, to: 60, fence: 6, occurrence: 40 });
    },
  },
  "a job is locked under a lease that is not live": {
    raises: "stuck",
    plant: (story) => {
      story.orphans = ["dead"];
      story.job({ slug: "dead", state: "running", currentRun: "nobody" });
    },
  },
  "a job is locked under a live lease for a run that nobody runs": {
    raises: "stuck",
    plant: (story) => story.job({ slug: "dead", state: "running", currentRun: "nobody" }),
  },
  "a job is due and does not run": {
    raises: "stuck",
    plant: (story) => story.job({ slug: "due", dueAt: 90_000 }),
  },
  "a success that no worker reported": {
    raises: "unexplained",
    plant: (story) => {
      const unsent = { run: "u", slug: "u", occurrence: "u@0", result: "u", dueAt: 0, startedAt: 1, endedAt: 2 };
      story.runs.push({ ...unsent, state: "succeeded" });
    },
  },
  "a success whose worker said failure": {
    raises: "unexplained",
    plant: (story) =>
      story.attempt({ slug: "u", run: "u-1", worker: "a", from: 10, to: 20, fence: 1, said: "failure" }),
  },
  "a cancellation that nobody asked for": {
    raises: "unexplained",
    plant: (story) =>
      story.attempt({
        slug: "u",
        run: "u",
        worker: "a",
        from: 1,
        to: 2,
        fence: 1,
        said: "failure",
        state: "cancelled",
      }),
  },
  "a timeout before its time": {
    raises: "unexplained",
    plant: (story) => story.alter("slow-1", { startedAt: 600 }),
  },
  "an attempt that the store knows nothing of": {
    raises: "unexplained",
    plant: (story) => {
      const facts = { slug: "u", occurrence: "u@0", run: "u-1", attempt: 1, fence: 1, scheduledAt: 0 };
      story.tell("a", 10, { type: "begun", ...facts });
    },
  },
  "a job's counts are not those of its runs": {
    raises: "unexplained",
    plant: (story) => story.job({ slug: "u", counts: { ...NONE, lost: 1 } }),
  },
};

describe("the history checker", () => {
  it("finds nothing in a good history", () => {
    const story = goodStory();
    const faults = checkHistory(story.events, story.final(), { graceMs: GRACE });
    assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
  });

  for (const [what, { raises, plant }] of Object.entries(PLANTED)) {
    it(`raises ${raises}, and nothing else: ${what}`, () => {
      const story = goodStory();
      plant(story);
      const faults = checkHistory(story.events, story.final(), { graceMs: GRACE });
      const raised = Object.entries(faults).flatMap(([name, found]) => (found.length > 0 ? [name] : []));
      assert.deepEqual(raised, [raises], showFaults(faults));
    });
  }
});
