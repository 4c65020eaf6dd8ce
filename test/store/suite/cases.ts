import { claimCases } from "./claim-cases.js";
import { countCases } from "./count-cases.js";
import { createCases } from "./create-cases.js";
import { crowdCases } from "./crowd-cases.js";
import { endureCases } from "./endure-cases.js";
import { fencingCases } from "./fencing-cases.js";
import type { Case } from "./harness.js";
import { historyCases } from "./history-cases.js";
import { leaseCases } from "./lease-cases.js";
import { listCases } from "./list-cases.js";
import { misfireCases } from "./misfire-cases.js";
import { pageCases } from "./page-cases.js";
import { placeCases } from "./place-cases.js";
import { portCases } from "./port-cases.js";
import { processCases } from "./process-cases.js";
import { raceCases } from "./race-cases.js";
import { slotCases } from "./slot-cases.js";
import { storyCases } from "./story-cases.js";
import { writeCases } from "./write-cases.js";

const THEMES = [
  createCases,
  claimCases,
  writeCases,
  listCases,
  countCases,
  historyCases,
  placeCases,
  pageCases,
  slotCases,
  raceCases,
  processCases,
  crowdCases,
  fencingCases,
  leaseCases,
  storyCases,
  misfireCases,
  endureCases,
  portCases,
];

/** Every conformance case, in the order of their numbers; those without one last. */
export const conformance: readonly Case[] = THEMES.flatMap(({ all }) => all).sort(
  (one, other) => (one.number ?? 1_000) - (other.number ?? 1_000),
);
