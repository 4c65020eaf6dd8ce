import type { Handler } from "@tickwire/client";
import type { Option } from "../command.js";
import type { Given } from "../given.js";

/** A kind that `tickwire worker` can serve. What runs it is loaded where the worker was started with it, and nowhere else. */
export interface BuiltInKind {
  readonly name: string;
  /** What it does with a payload, in a line. */
  readonly summary: string;
  /** What `tickwire worker` takes for it. */
  readonly options?: readonly Option[];
  load(given: Given): Promise<Handler>;
}

export const KINDS: readonly BuiltInKind[] = [
  {
    name: "print",
    summary: "writes job, occurrence and payload to stdout, one line a task",
    load: async () => (await import("./print.js")).printHandler(process.stdout),
  },
  {
    name: "shell",
    summary:
      "runs the payload with `sh -c`, as the worker's own user: whoever may schedule jobs may then do what it may",
    load: async () => (await import("./shell.js")).shellHandler(process.env),
  },
  {
    name: "http",
    summary: "makes the HTTP request that the payload describes, as JSON: docs/http.md",
    options: [
      {
        name: "http-allow-private",
        help: "let http call this machine, its network and cloud metadata too: whoever may schedule jobs may then do so",
      },
    ],
    load: async (given) =>
      (await import("./http/http.js")).httpHandler({ allowPrivate: given.has("http-allow-private") }),
  },
];
