import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "../core/log.js";

/** How long a store may take to answer before it counts as out of reach, in ms. */
const STORE_MS = 2_000;

export interface WebParts {
  /** Why this server can't take work now; undefined where it can. */
  readonly refusal: () => string | undefined;
  /** Asks the store; resolves where it answers. */
  readonly reachStore: () => Promise<unknown>;
  readonly log: Log;
}

/**
 * `/healthz`: this process runs and answers; what restarts a server asks it. `/readyz`: it can take work, and its store
 * answers; what sends callers to a server asks it. 200 or 503, with a line of JSON that says why.
 */
export function createWebServer(parts: WebParts): Server {
  return createServer((request, response) => {
    respond(parts, request, response).catch((error: unknown) => {
      parts.log.error({ err: error, path: request.url }, "HTTP request failed");
      if (!response.headersSent) answer(request, response, 500, { status: "internal error" });
    });
  });
}

async function respond(parts: WebParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split("?", 1)[0];
  if (path !== "/healthz" && path !== "/readyz") {
    answer(request, response, 404, { status: "not found" });
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    answer(request, response, 405, { status: "method not allowed" });
    return;
  }
  const reason = path === "/healthz" ? undefined : await whyNotReady(parts);
  if (reason === undefined) answer(request, response, 200, { status: "ok" });
  else answer(request, response, 503, { status: "not ready", reason });
}

async function whyNotReady({ refusal, reachStore }: WebParts): Promise<string | undefined> {
  const before = refusal();
  if (before !== undefined) return before;
  return (await answersInTime(reachStore)) ? refusal() : "the store does not answer";
}

async function answersInTime(reach: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), STORE_MS);
  });
  try {
    return await Promise.race([late, reach().then(() => true)]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function answer(request: IncomingMessage, response: ServerResponse, code: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
