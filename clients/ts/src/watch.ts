import type { Calls } from "./calls.js";
import { WatchRunsRequest, type WatchRunsResponse } from "./gen/tickwire/v1/scheduler.js";
import type { RunWatch, WatchInput } from "./requests.js";
import type { CallOptions } from "./retry.js";
import type { Run } from "./run.js";
import { toRunFilter, toView } from "./wire/requests.js";
import { fromWireRun } from "./wire/run.js";

/** Opens the stream at once, so that `opened` means something before the loop begins; reopens it with the cursor of what was seen. */
export function watchRuns(calls: Calls, input: WatchInput, options: CallOptions): RunWatch {
  const request = WatchRunsRequest.fromPartial({
    filter: toRunFilter(input.filter),
    view: toView(input.view),
    cursor: input.cursor ?? "",
  });
  return new Watch(calls, request, input.onGap ?? (() => {}), options);
}

class Watch implements RunWatch {
  readonly opened: Promise<void>;
  cursor: string;
  readonly #stop = new AbortController();
  readonly #responses: AsyncGenerator<WatchRunsResponse, void, undefined>;
  readonly #forget: () => void;
  #closed = false;
  readonly #onGap: () => void;
  /** Something came: from then on a stream that ends leaves a gap. */
  #heard = false;
  /** Told once, with the first word of the stream that is there again, however many tries that took. */
  #missed = false;
  #next: Promise<IteratorResult<WatchRunsResponse, void>>;

  constructor(calls: Calls, request: WatchRunsRequest, onGap: () => void, options: CallOptions) {
    this.cursor = request.cursor;
    this.#onGap = onGap;
    // By hand: a signal that AbortSignal.any has joined to a long-lived one stays with it for as long as that lives.
    const forward = () => this.#stop.abort(options.signal?.reason);
    if (options.signal?.aborted) forward();
    options.signal?.addEventListener("abort", forward);
    this.#forget = () => options.signal?.removeEventListener("abort", forward);
    const from = () => {
      // A server without cursors can't say what was missed while the stream was down.
      this.#missed = this.#heard && this.cursor === "";
      return { ...request, cursor: this.cursor };
    };
    this.#responses = calls.stream("watchRuns", from, { ...options, signal: this.#stop.signal });
    this.#next = this.#responses.next();
    this.opened = this.#next.then(() => undefined);
    // Whoever iterates sees the error; `opened` may be watched by nobody.
    this.opened.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Run, void, undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#next;
        if (done || !value) return;
        if (value.gap || this.#missed) this.#onGap();
        this.#missed = false;
        this.#heard = true;
        for (const run of value.runs) yield fromWireRun(run);
        if (value.cursor !== "") this.cursor = value.cursor;
        this.#next = this.#responses.next();
        this.#next.catch(() => {});
      }
    } catch (error) {
      if (!this.#closed) throw error;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#forget();
    this.#stop.abort();
    await this.#next.catch(() => {});
    await this.#responses.return();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
