import { SETTINGS, type Setting, variableOf } from "../config.js";
import type { Command, Option } from "./command.js";
import { completionCommand } from "./completion/row.js";
import { DEV_COMMAND } from "./dev/row.js";
import { HEALTH_COMMAND } from "./health-row.js";
import { JOB_COMMANDS } from "./job/rows.js";
import { KIND_COMMANDS } from "./kind/rows.js";
import { PREVIEW_COMMAND } from "./preview-row.js";
import { RUN_COMMANDS } from "./run/rows.js";
import { STATS_COMMAND, WORKER_COMMAND, WORKERS_COMMAND } from "./worker-row.js";

const MIGRATE_OPTIONS = new Set(["store", "mongodb-allow-standalone", "log-level", "log-format"]);

/** Every command, in the order that help shows. A row names what it takes; what it does is loaded when it runs. */
export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    summary: "run a server until SIGTERM or SIGINT",
    options: settingOptions(),
    notes: [
      "SIGTERM and SIGINT drain: workers are told, results that come within the grace are taken, and the exit",
      "code is 0. What is still running then goes on in its worker, which brings the result to the next server.",
      "A second signal ends the process at once.",
    ],
    run: async (given) => (await import("./serve.js")).serve(given),
  },
  {
    name: "migrate",
    summary: "bring the store to this version of Tickwire, and end",
    options: settingOptions().filter(({ name }) => MIGRATE_OPTIONS.has(name)),
    notes: [
      "For PostgreSQL, by a user that may create tables, where servers run as one that may not (--no-migrate). It makes",
      "nothing twice, and may run beside servers and beside itself. Every other store is made at start.",
    ],
    run: async (given) => (await import("./migrate.js")).migrate(given),
  },
  WORKER_COMMAND,
  DEV_COMMAND,
  ...JOB_COMMANDS,
  ...RUN_COMMANDS,
  ...KIND_COMMANDS,
  PREVIEW_COMMAND,
  WORKERS_COMMAND,
  STATS_COMMAND,
  HEALTH_COMMAND,
  completionCommand(() => COMMANDS),
];

/** A server's settings as options: given, in the environment, or by default. */
function settingOptions(): Option[] {
  return Object.values<Setting<unknown>>(SETTINGS).map((setting) => ({
    name: setting.name,
    ...(setting.type.value !== undefined && { value: setting.type.value }),
    env: variableOf(setting),
    default: setting.default,
    help: setting.help,
  }));
}
