import { CALL_OPTIONS } from "../call-options.js";
import type { Command } from "../command.js";
import { LIST_OPTIONS } from "../list-options.js";

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "run list",
    summary: "list runs, which are attempts that ended, the newest first",
    options: [
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
      { name: "full", help: "with results" },
      ...LIST_OPTIONS,
      ...CALL_OPTIONS,
    ],
    run: async (given) => (await import("./list.js")).listRuns(given),
  },
];
