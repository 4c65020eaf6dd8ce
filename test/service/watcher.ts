import type { Run } from "../../src/core/run.js";
import type { WatchedRuns, WatchInput } from "../../src/service/watch/watch-runs.js";
import type { ServiceHarness } from "./harness.js";

/** Lets everything happen that is ready to, also what a file's own thread has to answer. */
export async function ready(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Somebody who watches, and goes on from the newest cursor wherever they connect again. */
export class Watcher {
  readonly runs: Run[] = [];
  /** How many runs had been seen at each gap. */
  readonly gaps: number[] = [];
  /** Slugs of runs that came twice over one connection. */
  readonly twice: string[] = [];
  cursor: string | undefined;
  answers = 0;
  error: unknown;
  #ending = new AbortController();
  #pump: Promise<void> = Promise.resolve();

  constructor(private readonly input: Omit<WatchInput, "cursor"> = { filter: {}, full: false }) {}

  /** Resolves with the opening. */
  async connect({ service }: ServiceHarness): Promise<void> {
    await this.disconnect();
    this.#ending = new AbortController();
    const { cursor } = this;
    const stream = service.watchRuns({ ...this.input, ...(cursor !== undefined && { cursor }) }, this.#ending.signal);
    await new Promise<void>((opened, refused) => {
      this.#pump = this.#read(stream, opened).catch((error: unknown) => {
        this.error = error;
        refused(error);
      });
    });
  }

  async #read(stream: AsyncIterable<WatchedRuns>, opened: () => void): Promise<void> {
    const here = new Set<string>();
    for await (const { runs, cursor, gap } of stream) {
      for (const { token, slug } of runs) {
        if (here.has(token)) this.twice.push(slug);
        here.add(token);
      }
      if (gap) this.gaps.push(this.runs.length);
      this.runs.push(...runs);
      this.cursor = cursor;
      this.answers++;
      opened();
    }
  }

  /** The connection breaks. */
  async disconnect(): Promise<void> {
    this.#ending.abort();
    await this.#pump;
  }

  get slugs(): string[] {
    return this.runs.map(({ slug }) => slug);
  }
}
