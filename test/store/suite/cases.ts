import { claimCases } from "./claim-cases.js";
import { createCases } from "./create-cases.js";
import type { Case } from "./harness.js";
import { historyCases } from "./history-cases.js";
import { listCases } from "./list-cases.js";
import { writeCases } from "./write-cases.js";

/** Every conformance case, in the order of their numbers; those without one last. */
export const conformance: readonly Case[] = [createCases, claimCases, writeCases, listCases, historyCases]
  .flatMap(({ all }) => all)
  .sort((one, other) => (one.number ?? Number.POSITIVE_INFINITY) - (other.number ?? Number.POSITIVE_INFINITY) || 0);
