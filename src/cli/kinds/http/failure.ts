import { isUtf8 } from "node:buffer";
import { PermanentError, RetryAfterError } from "@tickwire/client";
import { withoutCutEnd } from "../utf8.js";
import type { Incoming } from "./exchange.js";
import type { Expected } from "./expected.js";

/** Of a refusal's body, what its error shows. */
const SHOWN_BYTES = 2 * 1_024;
const LEAST_WAIT_MS = 1_000;
const MOST_WAIT_MS = 24 * 3_600_000;

/**
 * They say that this very request will not do: its method, its form, its size, or that what it asks for is gone for good. Other
 * statuses of 400 and above may be different in a minute: a page that is being deployed, a right that is being given.
 */
export const FOR_GOOD: ReadonlySet<number> = new Set([400, 405, 406, 410, 411, 413, 414, 415, 422, 431, 501, 505]);

/** What an answer that is no success is to the job; `now` is the worker's clock, in ms. */
export function failureOf(answer: Incoming & { readonly url: URL }, expected: Expected, now: number): Error {
  const { status, statusText, url, body } = answer;
  const shown = withoutCutEnd(body.subarray(0, SHOWN_BYTES));
  const words = isUtf8(shown) ? shown.toString("utf8").trim() : `(${body.length} bytes that are not text)`;
  const line = `${`${status} ${statusText}`.trim()} from ${url.host}; expected ${expected}`;
  const text = `${line}\n${words}`.trimEnd();
  if (FOR_GOOD.has(status)) return new PermanentError(text);
  const waitMs = retryAfterMs(answer.headers["retry-after"], now);
  return waitMs === undefined ? new Error(text) : new RetryAfterError(text, waitMs);
}

/** Seconds, or a date; within a second and a day. Undefined where nothing is said. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, LEAST_WAIT_MS), MOST_WAIT_MS);
}
