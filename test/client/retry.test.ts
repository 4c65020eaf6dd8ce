import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CallOptions, TickwireError } from "@tickwire/client";
import { type RetryParts, withRetry } from "@tickwire/client/internal";
import { ManualClock } from "./manual-clock.js";

const unavailable = (retryAfterMs?: number) =>
  new TickwireError("UNAVAILABLE", "UNAVAILABLE", "not now", { retryAfterMs });

interface Play {
  readonly clock: ManualClock;
  /** When each try began, from the call on, and what time it was given. */
  readonly tries: [atMs: number, remainingMs: number][];
  readonly ended: { value?: string; error?: TickwireError; atMs?: number };
}

/** A call whose n-th try takes `tookMs` and ends as `answers[n]` says; the last answer holds for all after it. */
function play(
  answers: (TickwireError | string)[],
  options: CallOptions = {},
  more: Partial<RetryParts> = {},
  tookMs = 0,
): Play {
  const clock = new ManualClock();
  const began = clock.mono();
  const tries: Play["tries"] = [];
  const ended: Play["ended"] = {};
  const parts: RetryParts = { clock, random: () => 1, timeoutMs: 30_000, retry: {}, ...more };
  withRetry(parts, options, true, (number, remainingMs) => {
    tries.push([clock.mono() - began, remainingMs]);
    const answer = answers[Math.min(number, answers.length) - 1] ?? assert.fail();
    let cancel = () => {};
    const response = new Promise<string>((resolve, reject) => {
      cancel = () => reject(new TickwireError("CANCELLED", "CANCELLED", "cancelled"));
      clock.after(tookMs, () => (typeof answer === "string" ? resolve(answer) : reject(answer)));
    });
    return { response, cancel };
  }).then(
    (value) => Object.assign(ended, { value, atMs: clock.mono() - began }),
    (error) => Object.assign(ended, { error, atMs: clock.mono() - began }),
  );
  return { clock, tries, ended };
}

describe("waits between tries", () => {
  test("double, up to a bound, and end with the answer", async () => {
    const { clock, tries, ended } = play([...Array.from({ length: 7 }, () => unavailable()), "yes"]);
    await clock.turn(30_000);
    assert.deepEqual(
      tries.map(([at]) => at),
      [0, 100, 300, 700, 1500, 3100, 5100, 7100],
    );
    assert.equal(ended.value, "yes");
  });

  test("are random below the bound", async () => {
    const { clock, tries } = play([unavailable(), unavailable(), "yes"], {}, { random: () => 0.25 });
    await clock.turn(30_000);
    assert.deepEqual(
      tries.map(([at]) => at),
      [0, 25, 75],
    );
  });

  test("are as long as the server asks for", async () => {
    const { clock, tries } = play([unavailable(5000), "yes"]);
    await clock.turn(30_000);
    assert.deepEqual(
      tries.map(([at]) => at),
      [0, 5000],
    );
  });
});

describe("the deadline", () => {
  test("is for all tries together", async () => {
    const { clock, tries } = play([unavailable(), unavailable(), "yes"], { timeoutMs: 1000 }, {}, 50);
    await clock.turn(1000);
    assert.deepEqual(tries, [
      [0, 1000],
      [150, 850],
      [400, 600],
    ]);
  });

  test("ends the tries with what the last one said, before a wait that would pass it", async () => {
    const { clock, tries, ended } = play([unavailable()], { timeoutMs: 1000 });
    await clock.turn(30_000);
    assert.equal(tries.length, 4);
    assert.deepEqual([ended.error?.code, ended.atMs], ["UNAVAILABLE", 700]);
  });
});

test("an abort ends a wait at once", async () => {
  const abort = new AbortController();
  const { clock, tries, ended } = play([unavailable(20_000)], { signal: abort.signal });
  await clock.turn(100);
  abort.abort("enough");
  await clock.settle();
  assert.deepEqual([ended.error?.code, ended.error?.cause, tries.length, clock.waiting], ["CANCELLED", "enough", 1, 0]);
});

test("an abort cancels the try", async () => {
  const abort = new AbortController();
  const { clock, ended } = play(["late"], { signal: abort.signal }, {}, 5000);
  await clock.turn(100);
  abort.abort("enough");
  await clock.settle();
  assert.deepEqual([ended.error?.cause, ended.atMs], ["enough", 100]);
});

test("whatever is thrown becomes a TickwireError", async () => {
  const parts: RetryParts = { clock: new ManualClock(), random: () => 1, timeoutMs: 1000, retry: {} };
  const cause = new Error("a bug");
  const failing = withRetry(parts, {}, true, () => {
    throw cause;
  });
  await assert.rejects(failing, { name: "TickwireError", code: "UNKNOWN", cause });
});
