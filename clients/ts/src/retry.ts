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
   * Whether a try that found the server UNAVAILABLE is followed by another: at once at another server, and once all were asked with a
   * growing, random wait, for as long as the deadline allows. Default: only for calls that a repeat can't hurt.
   */
  readonly retry?: boolean | undefined;
}

export interface RetryOptions {
  /** The first wait is random below this. Default: 100. */
  readonly initialMs?: number | undefined;
  /** No wait is longer than this, unless the server asks for it. Default: 2,000. */
  readonly maxMs?: number | undefined;
  /** Tries of one call, the first included; each asks one server after the other. Default: as many as the deadline allows. */
  readonly maxTries?: number | undefined;
}

/** One try of a call. */
export interface Try<T> {
  readonly response: Promise<T>;
  cancel(): void;
  /** Now that it has failed: whether there is a server that was not asked yet, for a try without a wait. Unset: there is none. */
  hasOther?(): boolean;
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

/**
 * Asks one server after the other, and after a wait all of them again, until one answers or no further try is allowed. Rejects with
 * TickwireError and nothing else.
 */
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
  let rounds = 0;
  for (let number = 1; ; number++) {
    const early = stops.error;
    if (early) throw early;
    const end = await oneTry(make, number, timeoutMs - (clock.mono() - startedAt), stops);
    if ("value" in end) return end.value;
    const failure = stops.error ?? end.failure;
    if (failure.code !== "UNAVAILABLE" || !(options.retry ?? repeatable)) throw failure;
    if (end.hasOther) continue;
    if (++rounds >= (retry.maxTries ?? Infinity)) throw failure;
    const waitMs = waitBefore(rounds, parts, failure);
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
): Promise<{ value: T } | { failure: TickwireError; hasOther: boolean }> {
  let forget = () => {};
  let ongoing: Try<T> | undefined;
  try {
    ongoing = make(number, remainingMs);
    const { response } = ongoing;
    forget = stops.listen(() => ongoing?.cancel());
    return { value: await response };
  } catch (error) {
    return { failure: fromCallError(error), hasOther: ongoing?.hasOther?.() ?? false };
  } finally {
    forget();
  }
}
