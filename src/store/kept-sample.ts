import type { Sample } from "./estimate.js";

/** How long one is used, in ms: a sample is some thousand reads, and what it estimates is large and changes slowly. */
const KEPT_MS = 10_000;

/** The newest sample, drawn anew where it is asked for and has grown old. */
export class KeptSample {
  #kept: { readonly at: number; readonly sample: Promise<Sample> } | undefined;

  constructor(private readonly draw: () => Promise<Sample>) {}

  read(): Promise<Sample> {
    const at = performance.now();
    if (this.#kept && at - this.#kept.at < KEPT_MS) return this.#kept.sample;
    const kept = { at, sample: this.draw() };
    this.#kept = kept;
    kept.sample.catch(() => {
      if (this.#kept === kept) this.#kept = undefined;
    });
    return kept.sample;
  }
}
