import { monitorEventLoopDelay } from "node:perf_hooks";
import { answer } from "../process.js";

/** Of the timer that measures, in ms: what it shows is never less. */
const RESOLUTION_MS = 1;

/** From the bench's word "reset" on, how long this process's event loop kept a timer waiting; told at "delay", in ms at p99. */
export function measureLoopDelay(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  answer("reset", () => {
    delay.reset();
    return {};
  });
  answer("delay", () => ({ p99: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS) }));
}
