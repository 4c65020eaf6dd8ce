import { CALL_OPTIONS } from "../call-options.js";
import type { Command, Option } from "../command.js";
import { LIST_OPTIONS } from "../list-options.js";

const FILTER: readonly Option[] = [
  { name: "slug", value: "SLUG", help: "of this job" },
  { name: "kind", value: "KIND", many: true, help: "of one of these kinds" },
  {
    name: "state",
    value: "succeeded|failed|timed_out|lost|cancelled|released|snoozed",
    many: true,
    help: "that ended in one of these ways",
  },
  { name: "ended-after", value: "TIME", help: "that ended at or after it: 2026-03-01T09:00:00Z, now, -2h" },
  { name: "ended-before", value: "TIME", help: "that ended before it" },
];

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "run list",
    summary: "list runs, which are attempts that ended, the newest first",
    options: [...FILTER, { name: "full", help: "with results" }, ...LIST_OPTIONS, ...CALL_OPTIONS],
    run: async (given) => (await import("./list.js")).listRuns(given),
  },
  {
    name: "run watch",
    summary: "show runs as they end, on every server, until ^C",
    options: [
      ...FILTER,
      { name: "full", help: "with results" },
      { name: "cursor", value: "CURSOR", help: "go on where an earlier watch with the same filter ended" },
      ...CALL_OPTIONS.map((option) =>
        option.name === "json" ? { name: "json", help: "print each run as proto3 JSON, a line each" } : option,
      ),
    ],
    notes: [
      "Goes on by itself when a server stops, on another or on the same one once it is back, and leaves no run out. Where it",
      "can't know, it says so on stderr. At its end it says there with which --cursor another watch goes on.",
    ],
    run: async (given) => (await import("./watch.js")).watchRuns(given),
  },
  {
    name: "run cancel",
    summary: "cancel the run of a job that is in progress",
    arguments: [{ name: "SLUG", help: "the job's name" }],
    options: [
      {
        name: "run",
        value: "RUN_ID",
        help: "only if it is this one: as `job get` shows it; default: whichever is in progress",
      },
      ...CALL_OPTIONS,
    ],
    notes: [
      "Answers once it is stored that the run is to end. Its worker is told within a second, whichever server it is on, and has",
      "5 s to end it; a run that succeeds nevertheless counts as a success.",
    ],
    run: async (given) => (await import("./cancel.js")).cancelRun(given),
  },
];
