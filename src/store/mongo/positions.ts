import { randomBytes } from "node:crypto";

const MOST = 0xff_ffff;

/**
 * Makes names that sort, as text, by the time of their making: 12 digits of ms, 6 of a counter within it, 8 that are this
 * maker's own, all in hex. Later ones of one maker sort after earlier ones also where the clock was set back.
 */
export function positionMaker(now: () => Date): () => string {
  const own = randomBytes(4).toString("hex");
  let ms = 0;
  let n = 0;
  return () => {
    const at = now().getTime();
    if (at > ms || n === MOST) {
      ms = Math.max(at, ms + 1);
      n = 0;
    }
    return ms.toString(16).padStart(12, "0") + (n++).toString(16).padStart(6, "0") + own;
  };
}
