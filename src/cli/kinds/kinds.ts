import type { Handler } from "@tickwire/client";

/** A kind that `tickwire worker` can serve. What runs it is loaded where the worker was started with it, and nowhere else. */
export interface BuiltInKind {
  readonly name: string;
  /** What it does with a payload, in a line. */
  readonly summary: string;
  load(): Promise<Handler>;
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
];
