import assert from "node:assert/strict";
import { it } from "node:test";
import { showFaults } from "../history/faults.js";
import { chaos } from "./chaos.js";
import type { EngineName } from "./store.js";

/** So many jobs in two minutes, or their part of another time. */
const JOBS = 5_000;
const FULL_MS = 120_000;

/** `forMs`: a shorter or longer plan than two minutes; TICKWIRE_TEST_CHAOS_MS has the last word. */
export function chaosTests(engine: EngineName, forMs = FULL_MS): void {
  const { TICKWIRE_TEST_CHAOS_MS: given } = process.env;
  const ms = given === undefined ? forMs : Number(given);
  const jobs = Math.round((JOBS * ms) / FULL_MS);
  it(`servers and workers are killed, paused, stopped and cut off for ${ms / 1_000} s: the history has no fault`, {
    timeout: ms + 120_000,
  }, async (t) => {
    const faults = await chaos(t, { engine, servers: 3, workers: 6, jobs, forMs: ms });
    assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
  });
}
