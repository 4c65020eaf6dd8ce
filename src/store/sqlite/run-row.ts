import type { OutcomeSource, RunState } from "../../core/job.js";
import type { Run } from "../../core/run.js";
import { readBytes, storedBytes } from "../bytes.js";
import { type RunFacts, runFactsText, runWith } from "../text/run-facts.js";
import type { RunRow, RunWrite } from "./wire.js";

export function runWrite(run: Run): RunWrite {
  // In the order of `RUN_COLUMNS`.
  const values = [
    run.slug,
    run.token,
    run.state,
    run.by,
    run.endedAt.getTime(),
    run.expireAt.getTime(),
    run.hidden ? 1 : 0,
    runFactsText(run),
    storedBytes(run.result),
  ];
  return [run.kind, values];
}

/** The engine's `RUN_TEXT` makes it, in this order. */
type RunText = readonly [columns: Columns, facts: RunFacts];

type Columns = readonly [
  slug: string,
  token: string,
  state: RunState,
  by: OutcomeSource,
  endedAt: number,
  expireAt: number,
  hidden: number,
];

export function runOf([text, blob, kind]: RunRow): Run {
  const [columns, facts] = JSON.parse(text) as RunText;
  const [slug, token, state, by, endedAt, expireAt, hidden] = columns;
  const named = { slug, kind, token, state, by, hidden: hidden === 1 };
  return runWith(
    { ...named, endedAt: new Date(endedAt), expireAt: new Date(expireAt), result: readBytes(blob) },
    facts,
  );
}
