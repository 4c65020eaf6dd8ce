import assert from "node:assert/strict";
import { TickwireError } from "../../src/core/errors.js";

export const GIVEN_UP = Symbol("given up");

export function givenUp(error: unknown): typeof GIVEN_UP {
  if (!(error instanceof TickwireError) || error.reason !== "STORE_DOWN") throw error;
  return GIVEN_UP;
}

export function isEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

/** Differ from call to call without meaning anything: names that are drawn, and what counts or dates writes. */
const OWN = new Set(
  ["uid", "jobUid", "etag", "rev", "seq", "fence", "write", "mark", "put", "taken", "position"].concat("updatedAt"),
);
const DRAWN = /[0-9a-f]{32}/g;

/** The value with its tokens, leases and run ids numbered in the order in which they are first seen. */
export function withoutNames(value: unknown): unknown {
  const seen = new Map<string, string>();
  const number = (name: string): string => {
    const known = seen.get(name) ?? `#${seen.size}`;
    seen.set(name, known);
    return known;
  };
  const text = JSON.stringify(value ?? null, (key, one: unknown) => (OWN.has(key) ? undefined : one));
  return JSON.parse(text.replace(DRAWN, number));
}
