import type { Check } from "../core/check.js";
import { readEnum } from "./enums.js";
import { View } from "./gen/tickwire/v1/scheduler.js";

const VIEWS = new Map<number, "basic" | "full" | "default">([
  [View.UNSPECIFIED, "default"],
  [View.BASIC, "basic"],
  [View.FULL, "full"],
]);

/** Whether payloads and results are asked for. */
export function readView(check: Check, value: number, byDefault: "basic" | "full"): boolean {
  const view = readEnum(check, "view", value, VIEWS);
  return (view === "default" ? byDefault : view) === "full";
}
