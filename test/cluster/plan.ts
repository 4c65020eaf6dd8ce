import { between, randomFrom } from "./random.js";

export interface PlannedFault {
  /** How long the process has run undisturbed before, in ms. */
  readonly afterMs: number;
  /** Until it runs again, in ms. */
  readonly forMs: number;
  readonly deed: "kill" | "pause" | "stop" | "cut";
}

export interface PlanOptions {
  readonly seed: number;
  readonly ttlMs: number;
  /** It is a server that can be cut from the store. */
  readonly cuts: boolean;
}

/**
 * What is done to one process, for ever: each fault once the one before is over, and the process was left alone for a while. The
 * same for the same seed, on a slow machine too: there is only less of it.
 */
export function* planFaults({ seed, ttlMs, cuts }: PlanOptions): Generator<PlannedFault, never> {
  const random = randomFrom(seed);
  const deeds = cuts ? DEEDS_WITH_CUT : DEEDS;
  for (;;) {
    const afterMs = between(random, 1_000, 15_000);
    const deed = deeds[between(random, 0, deeds.length - 1)] ?? "kill";
    yield { afterMs, deed, forMs: lastsMs(deed, random, ttlMs) };
  }
}

const DEEDS = ["kill", "kill", "pause", "stop"] as const;
const DEEDS_WITH_CUT = [...DEEDS, "cut"] as const;

function lastsMs(deed: PlannedFault["deed"], random: () => number, ttlMs: number): number {
  switch (deed) {
    case "kill":
    case "stop":
      return between(random, 0, 3_000);
    case "pause":
    case "cut":
      // Half of them are over before anybody gives up, half only after a lease and more.
      return random() < 0.5 ? between(random, 200, ttlMs / 2) : between(random, ttlMs * 1.2, ttlMs * 2);
  }
}
