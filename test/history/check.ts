import type { Event } from "./event.js";
import type { Faults } from "./faults.js";
import type { Final } from "./final.js";
import { History, type HistoryOptions } from "./history.js";
import { doubled } from "./rules/doubled.js";
import { early } from "./rules/early.js";
import { lost } from "./rules/lost.js";
import { overlap } from "./rules/overlap.js";
import { stuck } from "./rules/stuck.js";
import { unexplained } from "./rules/unexplained.js";
import { unfenced } from "./rules/unfenced.js";

/**
 * Judges what callers and workers saw against what the store holds at the end. Pure. `events` are in the order of the host's
 * monotonic clock. It expects of workers that each success's result is the run's own id: so a result that was stored for
 * another attempt shows.
 */
export function checkHistory(events: readonly Event[], final: Final, options: HistoryOptions): Faults {
  const history = new History(events, final, options);
  return {
    lost: [...lost(history)],
    overlap: [...overlap(history)],
    doubled: [...doubled(history)],
    early: [...early(history)],
    unfenced: [...unfenced(history)],
    stuck: [...stuck(history)],
    unexplained: [...unexplained(history)],
  };
}
