import { SETTINGS, type Setting, variableOf } from "../../config.js";
import type { Command, Option } from "../command.js";

export const DEV_COMMAND: Command = {
  name: "dev",
  summary: "try it out: a server, a worker and two jobs on this machine, until ^C",
  options: [
    settingOption(SETTINGS.store),
    settingOption(SETTINGS.grpc),
    settingOption(SETTINGS.http),
    {
      name: "log-level",
      value: SETTINGS.logLevel.type.value ?? "",
      default: "warn",
      help: "the least that is shown of what server and worker log",
    },
  ],
  notes: [
    "Server and worker are processes of their own; the worker serves print, shell and http, so that the server listens on",
    "loopback only. A process that ends is started again. Each run is shown as it ends. The data stays in the store: a",
    "second start goes on with it. The server's other settings are taken from TICKWIRE_* (tickwire serve --help).",
  ],
  run: async (given) => (await import("./dev.js")).dev(given),
};

function settingOption(setting: Setting<unknown>): Option {
  return {
    name: setting.name,
    ...(setting.type.value !== undefined && { value: setting.type.value }),
    env: variableOf(setting),
    default: setting.default,
    help: setting.help,
  };
}
