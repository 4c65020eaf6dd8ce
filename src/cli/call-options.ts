import type { Option } from "./command.js";

/** What every command takes that calls a server. */
export const SERVER_OPTION: Option = {
  name: "server",
  value: "HOST:PORT[,...]",
  env: "TICKWIRE_SERVER",
  default: "127.0.0.1:7070",
  help: "the server; of several, or of a name for several, one that can be reached",
};
export const CALL_OPTIONS: readonly Option[] = callOptions("10s");
/** Of calls that work for up to 10 s. */
export const BULK_CALL_OPTIONS: readonly Option[] = callOptions("30s");

function callOptions(deadline: string): Option[] {
  return [
    { name: "json", help: "print the server's answer as proto3 JSON, as one document" },
    SERVER_OPTION,
    {
      name: "deadline",
      value: "SPAN",
      env: "TICKWIRE_DEADLINE",
      default: deadline,
      help: "how long a call may take, further tries included",
    },
  ];
}
