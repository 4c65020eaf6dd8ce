import type { Pause } from "../../core/job.js";

/** Texts that a caller chose are stored inside JSON: a database may cut or refuse a text that holds NUL. */
export function pauseText(pause: Pause): string {
  return JSON.stringify({ reason: pause.reason, at: pause.at.getTime() });
}

export function pauseOf(text: string): Pause {
  const read = JSON.parse(text) as { readonly reason: string; readonly at: number };
  return { reason: read.reason, at: new Date(read.at) };
}
