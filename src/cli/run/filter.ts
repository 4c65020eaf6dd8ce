import type { JsonObject } from "@bufbuild/protobuf";
import type { Given } from "../given.js";
import { choice, enumChoices, instantOf, readValues } from "../read.js";
import { type OptionOfField, partOf, someOf } from "../request.js";

const RUN_STATES = ["succeeded", "failed", "timed_out", "lost", "cancelled", "released", "snoozed"];
const STATES = enumChoices("RUN_STATE", RUN_STATES);

export const RUN_FILTER_FIELDS: OptionOfField = {
  "filter.slug": "--slug",
  "filter.kinds": "--kind",
  "filter.states": "--state",
  "filter.ended_after": "--ended-after",
  "filter.ended_before": "--ended-before",
};

/** Undefined where nothing is asked for. */
export function filterOf(given: Given): JsonObject | undefined {
  const states = readValues(given, "state", choice(STATES));
  return partOf({
    slug: given.text("slug"),
    kinds: someOf(given.all("kind")),
    states: someOf(states),
    endedAfter: instantOf(given, "ended-after")?.toISOString(),
    endedBefore: instantOf(given, "ended-before")?.toISOString(),
  });
}
