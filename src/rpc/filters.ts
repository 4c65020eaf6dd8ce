import { type Check, show } from "../core/check.js";
import { checkLabels } from "../core/check-labels.js";
import { checkKind, checkSlug, checkSlugPrefix } from "../core/check-names.js";
import { type LimitName, limit } from "../core/limits.js";
import type { JobFilter as CoreJobFilter, RunFilter as CoreRunFilter } from "../store/store.js";
import { JOB_STATES, RUN_STATES, readEnum } from "./enums.js";
import type { JobFilter, RunFilter } from "./gen/tickwire/v1/scheduler.js";
import { readTimestamp } from "./time.js";
import { refuseUnknown } from "./unknown-fields.js";

/** A filter on jobs, checked; what is empty or unset is absent. */
export function readJobFilter(check: Check, field: string, filter: JobFilter | undefined): CoreJobFilter {
  if (!filter) return {};
  refuseUnknown(check, field, filter);
  each(check, `${field}.slugs`, filter.slugs, "filter_slugs", checkSlug);
  checkSlugPrefix(check, `${field}.slug_prefix`, filter.slugPrefix);
  checkKinds(check, `${field}.kinds`, filter.kinds);
  const states = readStates(check, `${field}.states`, filter.states, JOB_STATES);
  const labels = checkLabels(check, `${field}.labels`, filter.labels);
  const dueAfter = readTimestamp(check, `${field}.due_after`, filter.dueAfter);
  const dueBefore = readTimestamp(check, `${field}.due_before`, filter.dueBefore);
  return {
    ...(filter.slugs.length > 0 && { slugs: [...new Set(filter.slugs)] }),
    ...(filter.slugPrefix !== "" && { slugPrefix: filter.slugPrefix }),
    ...(filter.kinds.length > 0 && { kinds: [...new Set(filter.kinds)] }),
    ...(states.length > 0 && { states }),
    ...(filter.labels.size > 0 && { labels }),
    ...(dueAfter && { dueAfter }),
    ...(dueBefore && { dueBefore }),
  };
}

/** A filter on runs, checked; what is empty or unset is absent. */
export function readRunFilter(check: Check, field: string, filter: RunFilter | undefined): CoreRunFilter {
  if (!filter) return {};
  refuseUnknown(check, field, filter);
  if (filter.slug !== "") checkSlug(check, `${field}.slug`, filter.slug);
  checkKinds(check, `${field}.kinds`, filter.kinds);
  const states = readStates(check, `${field}.states`, filter.states, RUN_STATES);
  const endedAfter = readTimestamp(check, `${field}.ended_after`, filter.endedAfter);
  const endedBefore = readTimestamp(check, `${field}.ended_before`, filter.endedBefore);
  return {
    ...(filter.slug !== "" && { slug: filter.slug }),
    ...(filter.kinds.length > 0 && { kinds: [...new Set(filter.kinds)] }),
    ...(states.length > 0 && { states }),
    ...(endedAfter && { endedAfter }),
    ...(endedBefore && { endedBefore }),
  };
}

/** Names of kinds to choose by. */
export function checkKinds(check: Check, field: string, kinds: readonly string[]): void {
  each(check, field, kinds, "filter_kinds", checkKind);
}

type CheckOne = (check: Check, field: string, value: string) => void;

function each(check: Check, field: string, values: readonly string[], name: LimitName, checkOne: CheckOne): void {
  if (!fits(check, field, values, name)) return;
  for (const [n, value] of values.entries()) checkOne(check, `${field}[${n}]`, value);
}

function readStates<T>(check: Check, field: string, states: readonly number[], names: ReadonlyMap<number, T>): T[] {
  if (!fits(check, field, states, "filter_states")) return [];
  const read = states.map((state, n) => readEnum(check, `${field}[${n}]`, state, names));
  return [...new Set(read.filter((state) => state !== undefined))];
}

function fits(check: Check, field: string, values: readonly unknown[], name: LimitName): boolean {
  if (values.length <= limit(name)) return true;
  check.bad(field, `must hold at most ${limit(name)} items; got ${show(values.length)}`);
  return false;
}
