import { type IncomingHttpHeaders, type IncomingMessage, request as open } from "node:http";
import type { Connect } from "./connect.js";

/** One message to a server. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  /** By lower-cased name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer | undefined;
}

/** What the server said. */
export interface Incoming {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the body, the first `KEPT_BYTES`. */
  readonly body: Buffer;
  readonly bodyIsCut: boolean;
}

/** Of an answer's body. */
export const KEPT_BYTES = 64 * 1_024;
/** An answer is heard to its end, because a server may stop working for whoever has gone; but not for ever. */
const HEARD_BYTES = 16 * 1_024 * 1_024;
/** Of an answer's headers: more ends the exchange. */
const HEADER_BYTES = 16 * 1_024;

/**
 * Sends one message on a connection of its own, and hears the answer. Follows nothing. Rejects with what the connection's end said, or
 * with the signal's reason.
 */
export function exchange(out: Outgoing, connect: Connect, signal: AbortSignal): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect(out.url);
    const { body, url } = out;
    const sending = open({
      method: out.method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        ...Object.fromEntries(out.headers),
        ...(body !== undefined && { "content-length": body.length }),
      },
      // Neither default port nor agent: the connection is made, and is closed with the answer.
      createConnection: () => socket,
      maxHeaderSize: HEADER_BYTES,
    });
    const abort = (): void => {
      sending.destroy(signal.reason);
    };
    signal.addEventListener("abort", abort);
    const done = (): void => {
      signal.removeEventListener("abort", abort);
      sending.destroy();
    };
    sending.on("error", (error) => {
      done();
      reject(error);
    });
    sending.on("response", (answer) => {
      hear(answer).then(resolve, reject).finally(done);
    });
    sending.end(body);
  });
}

async function hear(answer: IncomingMessage): Promise<Incoming> {
  const kept: Buffer[] = [];
  let [keptBytes, heardBytes] = [0, 0];
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    heardBytes += chunk.length;
    const part = chunk.subarray(0, KEPT_BYTES - keptBytes);
    keptBytes += part.length;
    if (part.length > 0) kept.push(part);
    if (heardBytes > HEARD_BYTES) break;
  }
  return {
    status: answer.statusCode ?? 0,
    statusText: answer.statusMessage ?? "",
    headers: answer.headers,
    body: Buffer.concat(kept),
    bodyIsCut: heardBytes > keptBytes,
  };
}
