import type { Option } from "./command.js";

/** Of every command that lists: one document in --json, one table else. */
export const LIST_OPTIONS: readonly Option[] = [
  { name: "limit", value: "N", default: "50", help: "at most so many" },
  { name: "all-pages", help: "all of them, however many" },
  { name: "page-token", value: "TOKEN", help: "go on where a list ended that had more: its nextPageToken" },
];
