import { gapAfter, LAST_INSTANT_MS } from "./schedule.js";
import type { Trigger } from "./trigger.js";

/**
 * When one of a trigger's occurrences is due: at its time or, with jitter, a span in [0, jitter) later that ends before the
 * trigger's next time. So due times have the order of the occurrences, whatever the jitter: none is overtaken by a newer one.
 *
 * The span is drawn from the job's uid and the occurrence, not at random: every server, every repeat and an outcome that was
 * found half done come to the same.
 */
export function dueTime(trigger: Trigger, uid: string, occurrence: Date): Date {
  const { jitterMs } = trigger;
  if (jitterMs === undefined) return occurrence;
  const ms = occurrence.getTime();
  const widest = Math.min(jitterMs, gapAfter(trigger, occurrence) ?? jitterMs);
  return new Date(Math.min(ms + Math.floor(widest * unitOf(uid, ms)), LAST_INSTANT_MS));
}

/** A number in [0, 1), spread evenly over uids and over the occurrences of one: MurmurHash3 over both. */
function unitOf(uid: string, ms: number): number {
  let hash = 0;
  for (let at = 0; at < uid.length; at++) hash = mixed(hash, uid.charCodeAt(at));
  hash = mixed(hash, Math.floor(ms / 2 ** 32));
  hash = mixed(hash, ms | 0);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

function mixed(hash: number, block: number): number {
  const scrambled = Math.imul(block, 0xcc9e2d51);
  const turned = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}
