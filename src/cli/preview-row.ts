import { CALL_OPTIONS } from "./call-options.js";
import type { Command } from "./command.js";
import { TRIGGER_OPTIONS } from "./trigger.js";

export const PREVIEW_COMMAND: Command = {
  name: "preview",
  summary: "show when a trigger would run; stores nothing",
  options: [
    ...TRIGGER_OPTIONS,
    { name: "count", value: "N", default: "10", help: "so many times, up to 1000" },
    { name: "after", value: "TIME", help: "the times after this one; without it those of a job that is stored now" },
    ...CALL_OPTIONS,
  ],
  notes: [
    "The trigger in words, and its times: in UTC, and as the clocks of --tz show them. Each is an occurrence's own time; a",
    "job's --jitter puts it off, and --fixed-delay counts from the ends of runs, which take no time here.",
    "",
    "  tickwire preview --cron '30 2 * * *' --tz Europe/Berlin --after 2026-03-27T00:00:00Z --count 4",
  ],
  run: async (given) => (await import("./preview.js")).preview(given),
};
