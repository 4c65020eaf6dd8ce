import type { Run } from "../core/run.js";
import type { Page, RunFilter } from "../store/store.js";
import { fillPage, LARGE, type PageRequest, SMALL } from "./page.js";
import type { ServiceParts } from "./parts.js";
import { sizeOfRun } from "./sizes.js";

export interface ListRunsInput extends PageRequest {
  readonly filter: RunFilter;
  /** With results. */
  readonly full: boolean;
}

/** A page of the history, newest first, by when its runs were recorded. */
export async function listRuns(parts: ServiceParts, input: ListRunsInput): Promise<Page<Run>> {
  const { filter, full } = input;
  return fillPage(
    (after, limit) => parts.store.listRuns({ filter, limit, results: full, ...(after !== undefined && { after }) }),
    sizeOfRun,
    input,
    full ? LARGE : SMALL,
  );
}

/** Whether a run is one that the filter means, and is shown at all. */
export function matchesRun(filter: RunFilter, run: Run): boolean {
  const { slug, kinds, states, endedAfter, endedBefore } = filter;
  if (run.hidden) return false;
  if (slug && run.slug !== slug) return false;
  if (kinds && kinds.length > 0 && !kinds.includes(run.kind)) return false;
  if (states && states.length > 0 && !states.includes(run.state)) return false;
  if (endedAfter && run.endedAt < endedAfter) return false;
  return !endedBefore || run.endedAt < endedBefore;
}
