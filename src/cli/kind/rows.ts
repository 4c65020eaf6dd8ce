import { CALL_OPTIONS } from "../call-options.js";
import type { Argument, Command } from "../command.js";
import { LIST_OPTIONS } from "../list-options.js";
import { POLICY_OPTIONS } from "../policy.js";
import { TRIGGER_OPTIONS } from "../trigger.js";

const NAME: Argument = { name: "NAME", help: "the kind's name" };

export const KIND_COMMANDS: readonly Command[] = [
  {
    name: "kind register",
    summary: "store what holds for every job of a kind that does not say otherwise",
    arguments: [NAME],
    options: [
      { name: "description", value: "TEXT", help: "for people, at most 1,000 bytes" },
      ...TRIGGER_OPTIONS,
      ...POLICY_OPTIONS,
      {
        name: "max-running",
        value: "N",
        help: "so many tasks at once over all servers and workers, up to 1000; 0: no limit",
      },
      { name: "replace", help: "take the place of a different definition, which is refused else" },
      { name: "etag", value: "TEXT", help: "only if this is still the kind's etag" },
      ...CALL_OPTIONS,
    ],
    notes: [
      "A kind needs no registration to be used. Its trigger is copied into jobs that are stored later without one.",
    ],
    run: async (given) => (await import("./register.js")).registerKind(given),
  },
  {
    name: "kind get",
    summary: "show a kind that was registered",
    arguments: [NAME],
    options: CALL_OPTIONS,
    run: async (given) => (await import("./get.js")).getKind(given),
  },
  {
    name: "kind list",
    summary: "list the kinds that were registered, in the order of their names",
    options: [...LIST_OPTIONS, ...CALL_OPTIONS],
    run: async (given) => (await import("./list.js")).listKinds(given),
  },
  {
    name: "kind delete",
    summary: "forget a kind that was registered; refused while jobs of it exist",
    arguments: [NAME],
    options: CALL_OPTIONS,
    run: async (given) => (await import("./delete.js")).deleteKind(given),
  },
  {
    name: "kind pause",
    summary: "stop handing out a kind's tasks, on every server; those that are out end first",
    arguments: [NAME],
    options: [{ name: "reason", value: "TEXT", help: "for people, at most 500 bytes" }, ...CALL_OPTIONS],
    notes: ["A kind that is not registered is, by its name alone. On a paused kind it replaces the reason."],
    run: async (given) => (await import("./pause.js")).pauseKind(given),
  },
  {
    name: "kind resume",
    summary: "let a paused kind go on",
    arguments: [NAME],
    options: CALL_OPTIONS,
    run: async (given) => (await import("./resume.js")).resumeKind(given),
  },
];
