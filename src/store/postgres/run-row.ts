import type { OutcomeSource, RunState } from "../../core/job.js";
import type { Run } from "../../core/run.js";
import { readBytes } from "../bytes.js";
import { type RunFacts, runFactsText, runWith } from "../text/run-facts.js";
import type { Cell, Row } from "./database.js";

/** In the order of `RUN`. */
export function runCells(run: Run): Cell[] {
  return [
    run.slug,
    run.kind,
    run.token,
    run.state,
    run.by,
    run.endedAt.getTime(),
    run.expireAt.getTime(),
    run.hidden,
    runFactsText(run),
    run.result,
  ];
}

/** A run's columns, in the order in which `runOf` takes them: its place, then those of `RUN`. `r` is the table's alias. */
export const RUN_CELLS =
  "r.at, r.id, r.slug, r.kind, r.token, r.state, r.by, r.ended_at, r.expire_at, r.hidden, r.facts, r.result";
export const BARE_RUN_CELLS = RUN_CELLS.replace("r.result", "NULL");

type Cells = readonly [
  at: number,
  id: number,
  slug: string,
  kind: string,
  token: string,
  state: RunState,
  by: OutcomeSource,
  endedAt: number,
  expireAt: number,
  hidden: boolean,
  facts: string,
  result: Uint8Array | null,
];

export function runOf(row: Row): Run {
  const [, , slug, kind, token, state, by, endedAt, expireAt, hidden, facts, result] = row as unknown as Cells;
  const named = { slug, kind, token, state, by, hidden };
  const at = { endedAt: new Date(endedAt), expireAt: new Date(expireAt) };
  return runWith({ ...named, ...at, result: readBytes(result) }, JSON.parse(facts) as RunFacts);
}

/** A run's place in the history, as a text. */
export function placeOfRun(row: Row): string {
  return placeText(row[0] as number, row[1] as number);
}

export function placeText(at: number, id: number): string {
  return `${at}.${id}`;
}

export function placeParts(place: string): readonly [at: number, id: number] {
  const [at = "", id = ""] = place.split(".");
  return [Number(at), Number(id)];
}
