import type { Clock } from "./clock.js";
import type { TickwireError } from "./errors.js";
import { Stops } from "./stops.js";
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
  /** Aborted when the client is closed. */
  readonly closing?: AbortSignal;
}

/** Makes one try after the other until one answers or no further one is allowed. Rejects with TickwireError and nothing else. */
export async function withRetry<T>(
  parts: RetryParts,
  options: CallOptions,
  repeatable: boolean,
  make: (number: number, remainingMs: number) => Try<T>,
): Promise<T> {
  const { clock, retry } = parts;
  const stops = new Stops(options.signal, parts.closing);
  const timeoutMs = options.timeoutMs ?? parts.timeoutMs;
  const startedAt = clock.mono();
  for (let number = 1; ; number++) {
    const early = stops.error;
    if (early) throw early;
    const end = await oneTry(make, number, timeoutMs - (clock.mono() - startedAt), stops);
    if ("value" in end) return end.value;
    const failure = stops.error ?? end.failure;
    const again = (options.retry ?? repeatable) && number < (retry.maxTries ?? Infinity);
    if (failure.code !== "UNAVAILABLE" || !again) throw failure;
    const waitMs = waitBefore(number, parts, failure);
    if (clock.mono() - startedAt + waitMs >= timeoutMs) throw failure;
    await stops.wait(clock, waitMs);
  }
}

/** Full jitter: random below a bound that doubles with each try; or what the server asks for, if that is more. */
export function waitBefore(
  failedTries: number,
  { random, retry }: RetryParts,
  { retryAfterMs = 0 }: TickwireError,
): number {
  const bound = Math.min((retry.initialMs ?? 100) * 2 ** (failedTries - 1), retry.maxMs ?? 2_000);
  return Math.max(random() * bound, retryAfterMs);
}

async function oneTry<T>(
  make: (number: number, remainingMs: number) => Try<T>,
  number: number,
  remainingMs: number,
  stops: Stops,
): Promise<{ value: T } | { failure: TickwireError }> {
  let forget = () => {};
  try {
    const ongoing = make(number, remainingMs);
    forget = stops.listen(() => ongoing.cancel());
    return { value: await ongoing.response };
  } catch (error) {
    return { failure: fromCallError(error) };
  } finally {
    forget();
  }
}
