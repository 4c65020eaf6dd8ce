import { type Check, show } from "../core/check.js";

/** The fields of a job that an update may name, and their parts; of labels there are none. */
const PARTS = {
  payload: [],
  content_type: [],
  labels: [],
  priority: [],
  trigger: [
    "cron",
    "cron.expression",
    "cron.time_zone",
    "cron.dialect",
    "interval",
    "interval.every",
    "interval.basis",
    "interval.anchor_time",
    "once",
    "once.time",
    "start_time",
    "end_time",
    "max_occurrences",
    "jitter",
  ],
  policy: [
    "retry",
    "retry.max_attempts",
    "retry.initial_backoff",
    "retry.max_backoff",
    "retry.multiplier",
    "retry.on_exhausted",
    "timeout",
    "misfire",
    "misfire_grace",
    "max_replays",
    "job_retention",
    "run_retention",
  ],
} as const satisfies Record<string, readonly string[]>;

type Field = keyof typeof PARTS;

export const UPDATE_PATHS: readonly string[] = Object.entries(PARTS).flatMap(([field, parts]) => [
  field,
  ...parts.map((part) => `${field}.${part}`),
]);
const KNOWN = new Set(UPDATE_PATHS);

/** What an update mask names. */
export class UpdatePaths {
  constructor(private readonly paths: ReadonlySet<string>) {}

  /** The field, or a part of it. */
  names(field: Field): boolean {
    return this.paths.has(field) || this.partsOf(field).length > 0;
  }

  has(path: Field): boolean {
    return this.paths.has(path);
  }

  /** Below the field, each as the names on its way. */
  partsOf(field: Field): string[][] {
    const parts = [...this.paths].filter((path) => path.startsWith(`${field}.`));
    return parts.map((path) => path.slice(field.length + 1).split("."));
  }
}

/** `mayBeEmpty`: the request asks for something besides. */
export function readUpdatePaths(check: Check, paths: readonly string[], mayBeEmpty: boolean): UpdatePaths {
  if (paths.length === 0 && !mayBeEmpty) {
    check.bad("update_mask", "must name what to change, where neither delay nor next_time is set");
  }
  const wrong = paths.find((path) => !KNOWN.has(path));
  if (wrong !== undefined) {
    const fields = Object.keys(PARTS).join(", ");
    check.bad("update_mask", `must name ${fields} or a part of trigger or policy; got ${show(wrong)}`);
  }
  return new UpdatePaths(new Set(paths));
}
