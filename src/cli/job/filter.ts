import type { JsonObject } from "@bufbuild/protobuf";
import type { Given } from "../given.js";
import { choice, enumChoices, instantOf, pairsOf, readValues } from "../read.js";
import { type OptionOfField, partOf, someOf } from "../request.js";

export const JOB_STATES = ["scheduled", "running", "retrying", "paused", "dead", "completed"] as const;
const STATES = enumChoices("JOB_STATE", JOB_STATES);

/** The filter's fields by the options that give them. */
export const FILTER_FIELDS: OptionOfField = {
  "filter.slugs": "--slug",
  "filter.slug_prefix": "--prefix",
  "filter.kinds": "--kind",
  "filter.states": "--state",
  "filter.labels": "--label",
  "filter.due_after": "--due-after",
  "filter.due_before": "--due-before",
};

/** The jobs that the options choose; undefined where they say nothing. */
export function filterOf(given: Given): JsonObject | undefined {
  const states = readValues(given, "state", choice(STATES));
  return partOf({
    slugs: someOf(given.all("slug")),
    slugPrefix: given.text("prefix"),
    kinds: someOf(given.all("kind")),
    states: someOf(states),
    labels: pairsOf(given, "label"),
    dueAfter: instantOf(given, "due-after")?.toISOString(),
    dueBefore: instantOf(given, "due-before")?.toISOString(),
  });
}
