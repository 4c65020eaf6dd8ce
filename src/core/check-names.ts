import { type Check, show } from "./check.js";
import { checkText, longerThan } from "./check-text.js";
import { limit } from "./limits.js";

const SLUG = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
const KIND = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const RUN_ID = /^[0-9a-f]{32}$/;

export function checkSlug(check: Check, field: string, slug: string): void {
  checkName(check, field, slug, SLUG, "[A-Za-z0-9._:/@-]", limit("slug_bytes"));
}

/** A slug's start: the same letters, and empty is any. */
export function checkSlugPrefix(check: Check, field: string, prefix: string): void {
  if (prefix !== "") checkName(check, field, prefix, SLUG, "[A-Za-z0-9._:/@-]", limit("slug_bytes"));
}

export function checkKind(check: Check, field: string, kind: string): void {
  checkName(check, field, kind, KIND, "[A-Za-z0-9._-]", limit("kind_bytes"));
}

/** What `CancelRun` and `ListRuns` name a run by; empty is none. */
export function checkRunId(check: Check, field: string, runId: string): void {
  if (runId !== "" && !RUN_ID.test(runId)) check.bad(field, `must be 32 lower-case hex digits; got ${show(runId)}`);
}

export function checkRequestId(check: Check, field: string, requestId: string): void {
  checkText(check, field, requestId, limit("request_id_bytes"));
}

export function checkEtag(check: Check, field: string, etag: string): void {
  checkText(check, field, etag, limit("etag_bytes"));
}

function checkName(check: Check, field: string, name: string, form: RegExp, letters: string, max: number): void {
  if (!longerThan(name, max) && form.test(name)) return;
  check.bad(field, `must be 1 to ${max} bytes of ${letters}, starting with a letter or digit; got ${show(name)}`);
}
