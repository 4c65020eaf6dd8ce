import { createHash } from "node:crypto";
import { type Check, show } from "../core/check.js";
import { limit } from "../core/limits.js";
import type { PageRequest } from "../service/page.js";

type Scope = readonly [call: string, filter: unknown];

interface PageFields {
  readonly pageSize: number;
  readonly pageToken: string;
}

/**
 * A list's page as it is asked for. `scope` is the call and its filter: a token says where its page starts, and holds a digest
 * of both, so that it is refused with another filter or another call.
 */
export function readPage(check: Check, fields: PageFields, scope: Scope): PageRequest {
  const after = fields.pageToken === "" ? undefined : readToken(fields.pageToken, scope);
  if (after === null) {
    check.bad("page_token", `must be of an earlier page of the same list and filter; got ${show(fields.pageToken)}`);
  }
  return { limit: readSize(check, fields.pageSize), ...(typeof after === "string" && { after }) };
}

function readSize(check: Check, size: number): number {
  if (size < 0) check.bad("page_size", `must not be negative; got ${show(size)}`);
  return size === 0 ? limit("page_size_default") : Math.min(Math.max(1, size), limit("page_size"));
}

/** Empty where there is no next page. */
export function writeToken(next: string | undefined, scope: Scope): string {
  return next === undefined ? "" : seal(next, scope);
}

/** The cursor of an earlier answer of the same watch; undefined where there is none. */
export function readCursor(check: Check, field: string, cursor: string, scope: Scope): string | undefined {
  if (cursor === "") return undefined;
  const place = readToken(cursor, scope);
  if (place !== null) return place;
  check.bad(field, `must be of an earlier watch with the same filter; got ${show(cursor)}`);
  return undefined;
}

/** What only the same call with the same filter takes back. */
export function seal(next: string, scope: Scope): string {
  return Buffer.concat([digest(next, scope), Buffer.from(next)]).toString("base64url");
}

const DIGEST_BYTES = 12;

/** Where the page starts; null where the token is none of ours for this list. */
function readToken(token: string, scope: Scope): string | null {
  if (token.length > limit("page_token_bytes")) return null;
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length < DIGEST_BYTES || bytes.toString("base64url") !== token) return null;
  const after = bytes.subarray(DIGEST_BYTES).toString();
  return digest(after, scope).equals(bytes.subarray(0, DIGEST_BYTES)) ? after : null;
}

function digest(after: string, scope: Scope): Buffer {
  const text = JSON.stringify([scope[0], canonical(scope[1]), after]);
  return createHash("sha256").update(text).digest().subarray(0, DIGEST_BYTES);
}

/** The same for filters that mean the same: the order of fields, of labels and of a list's entries does not count. */
function canonical(value: unknown): unknown {
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return [...value].sort();
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, part]) => [name, canonical(part)]);
}
