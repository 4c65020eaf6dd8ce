import { SETTINGS, type Setting, variableOf } from "../config.js";
import { CALL_OPTIONS, SERVER_OPTION } from "./call-options.js";
import type { Command, Option } from "./command.js";
import { KINDS } from "./kinds/kinds.js";
import { LIST_OPTIONS } from "./list-options.js";

export const WORKER_COMMAND: Command = {
  name: "worker",
  summary: "serve built-in kinds until SIGTERM or SIGINT",
  options: [
    {
      ...SERVER_OPTION,
      help: "the server; of several, or of a name for several, one is drawn, and another when that is gone",
    },
    {
      name: "kinds",
      value: "KIND[,...]",
      help: `required: what to serve, of ${KINDS.map(({ name }) => name).join(", ")}`,
    },
    {
      name: "max-tasks",
      value: "N",
      env: "TICKWIRE_MAX_TASKS",
      default: "10",
      help: "tasks at once, of all kinds together",
    },
    {
      name: "id",
      value: "TEXT",
      env: "TICKWIRE_WORKER_ID",
      help: "names this worker in runs and lists; without it HOST-PID",
    },
    {
      name: "grace",
      value: "SPAN",
      default: "10s",
      help: "how long the tasks in hand may take once it stops; then they are stopped and handed back",
    },
    ...KINDS.flatMap(({ options = [] }) => options),
    logOption(SETTINGS.logLevel),
    logOption(SETTINGS.logFormat),
  ],
  notes: [
    ...KINDS.map(({ name, summary }) => `  ${name.padEnd(6)} ${summary}`),
    "",
    "SIGTERM and SIGINT drain: no more tasks, and the exit code is 0. A second signal ends the process at once, and the",
    "commands that it runs. What tasks print is on stdout, the log on stderr.",
  ],
  run: async (given) => (await import("./worker.js")).work(given),
};

export const WORKERS_COMMAND: Command = {
  name: "workers",
  summary: "list the connected workers, of every server",
  options: [...LIST_OPTIONS, ...CALL_OPTIONS],
  run: async (given) => (await import("./workers.js")).listWorkers(given),
};

export const STATS_COMMAND: Command = {
  name: "stats",
  summary: "show how each kind stands, and the servers that run on the store",
  options: [
    {
      name: "kind",
      value: "KIND",
      many: true,
      help: "of this kind; without it of every kind that is registered, has jobs or is served, up to 1000",
    },
    ...CALL_OPTIONS,
  ],
  notes: [
    "Up to 10,000 jobs of a kind in one state are counted; with ~ a number is an estimate. FREE: tasks that the kind's workers",
    "could take now. LATE: by how much the oldest due job of it is.",
  ],
  run: async (given) => (await import("./stats.js")).showStats(given),
};

function logOption(setting: Setting<unknown>): Option {
  return {
    name: setting.name,
    ...(setting.type.value !== undefined && { value: setting.type.value }),
    env: variableOf(setting),
    default: setting.default,
    help: setting.help,
  };
}
