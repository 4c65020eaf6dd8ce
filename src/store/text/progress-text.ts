import type { Progress } from "../../core/job.js";

export function progressText(progress: Progress): string {
  return JSON.stringify({ ...progress, at: progress.at.getTime() });
}

export function progressOf(text: string): Progress {
  const read = JSON.parse(text) as { readonly fraction?: number; readonly note: string; readonly at: number };
  return { ...read, at: new Date(read.at) };
}
