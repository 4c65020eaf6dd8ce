import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GRACE_MS, TTL_MS } from "./cluster.js";
import { measureRecovery, RECOVERY_HEAD, type Recovery, recoveryLine } from "./recovery.js";
import type { EngineName } from "./store.js";

interface Expected {
  readonly fault: string;
  /** What the spans of the settings allow, without the work itself. */
  readonly mostMs: number;
  readonly loses: boolean;
}

/** Pings every 500 ms, of which three must be missing; a reconnect waits 2 s at most, twice. */
const NOTICED_MS = 1_500;
const MOVED_MS = NOTICED_MS + 4_000;

const EXPECTED: readonly Expected[] = [
  { fault: "worker killed", mostMs: GRACE_MS, loses: true },
  { fault: "worker paused", mostMs: NOTICED_MS + GRACE_MS, loses: true },
  // Workers move at once; what only the dead server knew of waits for its lease and a grace.
  { fault: "server killed", mostMs: TTL_MS + GRACE_MS, loses: false },
  { fault: "server paused", mostMs: TTL_MS + GRACE_MS, loses: false },
  { fault: "server stopped cleanly", mostMs: MOVED_MS, loses: false },
  { fault: "store away for 10 s", mostMs: TTL_MS, loses: false },
];
/** The machine is others' too. */
const SLACK_MS = 5_000;

/** Two at a time: each has processes of its own, which mostly wait. */
export function recoveryTests(engine: EngineName): void {
  describe("after a fault", { concurrency: 2 }, () => {
    for (const { fault, mostMs, loses } of EXPECTED) {
      it(`${fault}: all jobs run again within ${mostMs + SLACK_MS} ms`, { timeout: 120_000 }, async (t) => {
        const recovery: Recovery = await measureRecovery(engine, fault);
        t.diagnostic(RECOVERY_HEAD);
        t.diagnostic(recoveryLine(recovery));
        assert.ok(recovery.longestMs <= mostMs + SLACK_MS, `${recovery.longestMs} ms`);
        if (!loses) assert.equal(recovery.begun, 0, "runs that a worker had begun were lost, and no worker was gone");
      });
    }
  });
}
