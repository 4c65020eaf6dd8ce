import { randomBytes } from "node:crypto";

const MOST = 0xff_ffff;
/** A run that is stored so long after its position was made, in ms, gets another one: nobody would look for it there any more. */
export const LATE_MS = 5_000;

/** Stands before every position of this moment and later ones, and behind those of earlier ones. */
export function positionAt(at: Date): string {
  return Math.max(0, at.getTime()).toString(16).padStart(12, "0");
}

export function timeOf(position: string): Date {
  return new Date(Number.parseInt(position.slice(0, 12), 16));
}

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
