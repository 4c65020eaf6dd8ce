import type { JsonObject } from "@bufbuild/protobuf";
import type { Given } from "../given.js";
import { choice, instantOf, readValues } from "../read.js";
import { type OptionOfField, partOf } from "../request.js";

const STATES = Object.fromEntries(
  ["succeeded", "failed", "timed_out", "lost", "cancelled", "released", "snoozed"].map((word) => [
    word,
    `RUN_STATE_${word.toUpperCase()}`,
  ]),
);

export const RUN_FILTER_FIELDS: OptionOfField = {
  "filter.slug": "--slug",
  "filter.kinds": "--kind",
  "filter.states": "--state",
  "filter.ended_after": "--ended-after",
  "filter.ended_before": "--ended-before",
};

/** Undefined where nothing is asked for. */
export function filterOf(given: Given): JsonObject | undefined {
  const kinds = given.all("kind");
  const states = readValues(given, "state", choice(STATES));
  return partOf({
    slug: given.text("slug"),
    kinds: kinds.length > 0 ? [...kinds] : undefined,
    states: states.length > 0 ? states : undefined,
    endedAfter: instantOf(given, "ended-after")?.toISOString(),
    endedBefore: instantOf(given, "ended-before")?.toISOString(),
  });
}
