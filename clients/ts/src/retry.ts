import type { Clock } from "./clock.js";
import { TickwireError } from "./errors.js";
import { fromCallError } from "./wire/status.js";

/** What each call takes besides its request. */
export interface CallOptions {
  /** For the whole call, further tries included; `Infinity`: none. Default: the client's (30 s). Streams have none. */
  readonly timeoutMs?: number | undefined;
  /** Ends the call; it fails as CANCELLED with the signal's reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a try that found the server UNAVAILABLE is followed by another, with a growing, random wait between them, for as long as the
   * deadline allows. Default: only for calls that a repeat can't hurt.
   */
  readonly retry?: boolean | undefined;
}

export interface RetryOptions {
  /** The first wait is random below this. Default: 100. */
  readonly initialMs?: number | undefined;
  /** No wait is longer than this, unless the server asks for it. Default: 2,000. */
  readonly maxMs?: number | undefined;
  /** Tries of one call, the first included. Default: as many as the deadline allows. */
  readonly maxTries?: number | undefined;
}

/** One try of a call. */
export interface Try<T> {
  readonly response: Promise<T>;
  cancel(): void;
}

export interface RetryParts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
}

/** Makes one try after the other until one answers or no further one is allowed. Rejects with TickwireError and nothing else. */
export async function withRetry<T>(
  parts: RetryParts,
  options: CallOptions,
  repeatable: boolean,
  make: (number: number, remainingMs: number) => Try<T>,
): Promise<T> {
  const { clock, retry } = parts;
  const { signal } = options;
  const timeoutMs = options.timeoutMs ?? parts.timeoutMs;
  const startedAt = clock.mono();
  for (let number = 1; ; number++) {
    if (signal?.aborted) throw abortedBy(signal);
    const error = await oneTry(make, number, timeoutMs - (clock.mono() - startedAt), signal);
    if ("value" in error) return error.value;
    const { failure } = error;
    if (signal?.aborted) throw abortedBy(signal);
    const again =
      failure.code === "UNAVAILABLE" && (options.retry ?? repeatable) && number < (retry.maxTries ?? Infinity);
    if (!again) throw failure;
    const waitMs = Math.max(waitBefore(number, parts), failure.retryAfterMs ?? 0);
    if (clock.mono() - startedAt + waitMs >= timeoutMs) throw failure;
    await wait(clock, waitMs, signal);
  }
}

/** Full jitter: random below a bound that doubles with each try. */
export function waitBefore(failedTries: number, { random, retry }: Pick<RetryParts, "random" | "retry">): number {
  return random() * Math.min((retry.initialMs ?? 100) * 2 ** (failedTries - 1), retry.maxMs ?? 2_000);
}

async function oneTry<T>(
  make: (number: number, remainingMs: number) => Try<T>,
  number: number,
  remainingMs: number,
  signal: AbortSignal | undefined,
): Promise<{ value: T } | { failure: TickwireError }> {
  let listener: (() => void) | undefined;
  try {
    const ongoing = make(number, remainingMs);
    listener = () => ongoing.cancel();
    signal?.addEventListener("abort", listener);
    return { value: await ongoing.response };
  } catch (error) {
    return { failure: fromCallError(error) };
  } finally {
    if (listener) signal?.removeEventListener("abort", listener);
  }
}

/** Resolves after the span, or as soon as the signal is aborted. */
export function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      callOff();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const callOff = clock.after(ms, done);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done);
  });
}

export function abortedBy(signal: AbortSignal): TickwireError {
  return new TickwireError("CANCELLED", "CANCELLED", "the call was aborted", { cause: signal.reason });
}
