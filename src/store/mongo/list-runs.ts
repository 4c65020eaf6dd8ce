import type { Filter } from "mongodb";
import type { Run } from "../../core/run.js";
import type { ListRunsRequest, Page, RunFilter } from "../store.js";
import { runOf } from "./codec.js";
import type { Context } from "./context.js";
import type { RunDoc } from "./documents.js";
import { page } from "./page.js";

/** With more kinds than this a list goes by time alone, and looks at the kinds document by document. */
const KINDS_MERGED = 8;

export async function listRuns({ runs }: Context, request: ListRunsRequest): Promise<Page<Run>> {
  const { filter, after, limit, results } = request;
  const { scope, rest } = searchOf(filter);
  const found = await page(runs, {
    scope: { ...scope, ...(after !== undefined && { position: { $lt: after } }) },
    rest: [{ hidden: false }, ...rest],
    order: { position: -1 },
    limit,
    ...(!results && { projection: { result: 0 } }),
    position: ({ position }) => position,
  });
  return { ...found, items: found.items.map(runOf) };
}

/** What an index finds of the filter, and what has to be looked at in each document, besides whether it is shown. */
export function searchOf({ slug, kinds, states, endedAfter, endedBefore }: RunFilter): {
  readonly scope: Filter<RunDoc>;
  readonly rest: readonly Filter<RunDoc>[];
} {
  const few = kinds && kinds.length <= KINDS_MERGED && slug === undefined;
  const ofKinds = kinds && { kind: { $in: [...kinds] } };
  const rest: Filter<RunDoc>[] = [];
  if (ofKinds && !few) rest.push(ofKinds);
  if (states) rest.push({ state: { $in: [...states] } });
  if (endedAfter) rest.push({ endedAt: { $gte: endedAfter } });
  if (endedBefore) rest.push({ endedAt: { $lt: endedBefore } });
  return { scope: { ...(slug !== undefined && { slug }), ...(few && ofKinds) }, rest };
}
