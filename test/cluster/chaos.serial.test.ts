import assert from "node:assert/strict";
import { it } from "node:test";
import { showFaults } from "../history/faults.js";
import { chaos } from "./chaos.js";

/** TICKWIRE_TEST_CHAOS_MS: a shorter or longer plan, with as many jobs in a second. */
const { TICKWIRE_TEST_CHAOS_MS: given } = process.env;
const FOR_MS = given === undefined ? 120_000 : Number(given);
const JOBS = Math.round((5_000 * FOR_MS) / 120_000);

it("servers and workers are killed, paused and stopped for two minutes: the history has no fault", {
  timeout: FOR_MS + 120_000,
}, async (t) => {
  const faults = await chaos(t, { servers: 3, workers: 6, jobs: JOBS, forMs: FOR_MS });
  assert.equal(Object.values(faults).flat().length, 0, showFaults(faults));
});
