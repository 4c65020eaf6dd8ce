import type { JsonObject } from "@bufbuild/protobuf";
import type { Calls } from "./calls.js";
import { TickwireError } from "./errors.js";
import { WatchRunsRequest } from "./gen/tickwire/v1/scheduler.js";
import { type JsonOptions, streamJson } from "./json.js";
import { RecentIds } from "./recent-ids.js";
import type { RunWatch, WatchInput } from "./requests.js";
import type { CallOptions } from "./retry.js";
import type { Run } from "./run.js";
import { toRunFilter, toView } from "./wire/requests.js";
import { fromWireRun } from "./wire/run.js";

/** Opens the stream at once, so that `opened` means something before the loop begins; reopens it with the cursor of what was seen. */
export function watchRuns(calls: Calls, input: WatchInput, options: CallOptions): RunWatch {
  const request = WatchRunsRequest.fromPartial({ filter: toRunFilter(input.filter), view: toView(input.view) });
  return new Watch<Run>(
    {
      async *open(cursor, how) {
        for await (const { runs, ...rest } of calls.stream(
          "watchRuns",
          () => ({ ...request, cursor: cursor() }),
          how,
        )) {
          yield { runs: runs.map(fromWireRun), ...rest };
        }
      },
      idOf: ({ runId }) => runId,
    },
    input,
    options,
  );
}

/** The same with proto3 JSON in and out: `request` is a WatchRunsRequest, and a run is a Run. */
export function watchRunsJson(
  calls: Calls,
  request: JsonObject,
  { onGap, ...options }: JsonOptions & Pick<WatchInput, "onGap">,
): RunWatch<JsonObject> {
  const { cursor: from, ...rest } = request;
  return new Watch<JsonObject>(
    {
      async *open(cursor, how) {
        const asked = () => ({ ...rest, cursor: cursor() });
        for await (const answer of streamJson(calls, "WatchRuns", asked, { ...options, ...how })) {
          const { runs = [], cursor: place = "", gap = false } = answer as AnswerJson;
          yield { runs, cursor: place, gap };
        }
      },
      idOf: ({ runId }) => String(runId),
    },
    { cursor: typeof from === "string" ? from : undefined, onGap },
    options,
  );
}

interface AnswerJson {
  readonly runs?: readonly JsonObject[];
  readonly cursor?: string;
  readonly gap?: boolean;
}

interface Part<R> {
  readonly runs: readonly R[];
  readonly cursor: string;
  readonly gap: boolean;
}

interface Source<R> {
  /** Asks for the cursor whenever the stream is opened. */
  open(cursor: () => string, options: CallOptions): AsyncGenerator<Part<R>, void, undefined>;
  idOf(run: R): string;
}

class Watch<R> implements RunWatch<R> {
  readonly opened: Promise<void>;
  cursor: string;
  readonly #stop = new AbortController();
  readonly #onGap: () => void;
  readonly #forget: () => void;
  /** A stream that goes on from a cursor may bring runs again. */
  readonly #seen = new RecentIds();
  #responses: AsyncGenerator<Part<R>, void, undefined>;
  #closed = false;
  /** Something came: from then on a stream that ends leaves a gap. */
  #heard = false;
  /** Told once, with the first word of the stream that is there again, however many tries that took. */
  #missed = false;
  #next: Promise<IteratorResult<Part<R>, void>>;

  constructor(
    private readonly source: Source<R>,
    { cursor = "", onGap = () => {} }: Pick<WatchInput, "cursor" | "onGap">,
    private readonly options: CallOptions,
  ) {
    this.cursor = cursor;
    this.#onGap = onGap;
    // By hand: a signal that AbortSignal.any has joined to a long-lived one stays with it for as long as that lives.
    const forward = () => this.#stop.abort(options.signal?.reason);
    if (options.signal?.aborted) forward();
    options.signal?.addEventListener("abort", forward);
    this.#forget = () => options.signal?.removeEventListener("abort", forward);
    this.#responses = this.#open();
    this.#next = this.#responses.next();
    this.opened = this.#next.then(() => undefined);
    // Whoever iterates sees the error; `opened` may be watched by nobody.
    this.opened.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    try {
      for (;;) {
        const { done, value } = await this.#part();
        if (done || !value) return;
        if (value.gap || this.#missed) this.#onGap();
        this.#missed = false;
        this.#heard = true;
        for (const run of value.runs) if (this.#seen.add(this.source.idOf(run))) yield run;
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

  #open(): AsyncGenerator<Part<R>, void, undefined> {
    const cursor = () => {
      // Nobody can say what was missed while the stream was down.
      this.#missed = this.#heard && this.cursor === "";
      return this.cursor;
    };
    return this.source.open(cursor, { ...this.options, signal: this.#stop.signal });
  }

  /** A cursor that a server gave out and none takes any more: the store is another, or was only in memory. Goes on from now on. */
  async #part(): Promise<IteratorResult<Part<R>, void>> {
    try {
      return await this.#next;
    } catch (error) {
      if (!this.#heard || this.cursor === "" || !isAboutCursor(error)) throw error;
      this.cursor = "";
      this.#responses = this.#open();
      this.#next = this.#responses.next();
      return await this.#next;
    }
  }
}

function isAboutCursor(error: unknown): boolean {
  return (
    error instanceof TickwireError &&
    error.code === "INVALID_ARGUMENT" &&
    error.violations.some(({ field }) => field === "cursor")
  );
}
