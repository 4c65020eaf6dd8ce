import { validateHeaderName, validateHeaderValue } from "node:http";
import { PermanentError } from "@tickwire/client";
import { suggest } from "../../suggest.js";
import { payloadText } from "../payload-text.js";
import { type Expected, parseExpected } from "./expected.js";

/** What a payload asks for. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** By lower-cased name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer | undefined;
  /** Undefined where the payload says nothing of it. */
  readonly expected: Expected | undefined;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const FIELDS = ["method", "url", "headers", "body", "expectStatus"];
/** Of a request's headers, in bytes: as much as Node's own server takes by default. */
const HEADER_BYTES = 16 * 1_024;
/** The connection's own: they follow from the url and the body. */
const RESERVED = new Set(
  "connection content-length expect host keep-alive proxy-authorization proxy-connection te trailer transfer-encoding upgrade".split(
    " ",
  ),
);

type Tell = (what: string) => void;

/** Reads `{"method", "url", "headers", "body", "expectStatus"}`. Throws PermanentError that names all that is wrong. */
export function readRequest(payload: Uint8Array): HttpRequest {
  const fields = readObject(payloadText(payload));
  const wrong: string[] = [];
  const tell: Tell = (what) => wrong.push(what);
  for (const name of Object.keys(fields)) {
    if (FIELDS.includes(name)) continue;
    const meant = suggest(name, FIELDS);
    tell(`there is no ${JSON.stringify(name)}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  const body = bodyOf(fields["body"]);
  const headers = headersOf(fields["headers"] ?? {}, tell);
  if (body !== undefined && !headers.has("content-type")) {
    const isText = typeof fields["body"] === "string";
    headers.set("content-type", isText ? "text/plain; charset=utf-8" : "application/json");
  }
  const method = methodOf(fields["method"] ?? (body === undefined ? "GET" : "POST"), tell);
  const url = urlOf(fields["url"], tell);
  const expected = expectedOf(fields["expectStatus"], tell);
  if (wrong.length > 0 || !url) throw new PermanentError(`the payload is wrong: ${wrong.join("; ")}`);
  return { method, url, headers, body, expected };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  const form = 'it must be a JSON object such as {"url": "https://example.com"}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PermanentError(`the payload is not JSON: ${form}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PermanentError(`the payload is no object: ${form}`);
  }
  return value as Record<string, unknown>;
}

/** Text goes out as it is; any other value as JSON. */
function bodyOf(value: unknown): Buffer | undefined {
  if (value === undefined || value === null) return undefined;
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

function methodOf(value: unknown, tell: Tell): string {
  const method = typeof value === "string" ? value.toUpperCase() : "";
  if (!METHODS.includes(method)) tell(`method must be one of ${METHODS.join(", ")}`);
  return method;
}

function urlOf(value: unknown, tell: Tell): URL | undefined {
  const url = typeof value === "string" ? httpUrl(value) : undefined;
  if (!url) tell("url must be an absolute http: or https: URL");
  else if (namesUser(url)) {
    tell("url must hold no user name or password: say it in headers, as authorization");
  }
  return url;
}

/** It holds a user name or a password. */
export function namesUser({ username, password }: URL): boolean {
  return username !== "" || password !== "";
}

/** Undefined where it is none of http or https. */
export function httpUrl(text: string, base?: URL): URL | undefined {
  if (!URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base?.href);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

function headersOf(value: unknown, tell: Tell): Map<string, string> {
  const headers = new Map<string, string>();
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    tell("headers must be an object of names and values");
    return headers;
  }
  let bytes = 0;
  for (const [name, text] of Object.entries(value)) {
    const key = name.toLowerCase();
    const fault = headerFault(key, text, headers);
    if (fault !== undefined) tell(`headers: ${JSON.stringify(name)} ${fault}`);
    headers.set(key, String(text));
    bytes += name.length + String(text).length + 4;
  }
  if (bytes > HEADER_BYTES) tell(`headers must be at most ${HEADER_BYTES} bytes together; got ${bytes}`);
  return headers;
}

function headerFault(key: string, text: unknown, others: ReadonlyMap<string, string>): string | undefined {
  if (RESERVED.has(key)) return "follows from the url and the body";
  if (others.has(key)) return "is there twice";
  if (typeof text !== "string") return "must be a string";
  try {
    validateHeaderName(key);
  } catch {
    return "is no header's name";
  }
  try {
    validateHeaderValue(key, text);
  } catch {
    return "holds a character that a header can't hold";
  }
  return undefined;
}

function expectedOf(value: unknown, tell: Tell): Expected | undefined {
  if (value === undefined || value === null) return undefined;
  const expected = parseExpected(value);
  if (!expected) tell('expectStatus must be a status (204), a class ("2xx"), or a list of them');
  return expected;
}
