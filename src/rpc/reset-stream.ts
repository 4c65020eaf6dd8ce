import { constants, type ServerHttp2Stream } from "node:http2";

/**
 * Ends a call's HTTP/2 stream at once. grpc-js sends a status only behind everything that was written: to a peer that does not
 * read, it never comes, and what was written stays in memory for as long as the connection. grpc-js offers no way to do this;
 * its own field is looked for, and where it is not found the stream is left to the end of its connection.
 */
export function resetStream(call: object): void {
  const stream = (call as { readonly call?: { readonly stream?: Partial<ServerHttp2Stream> } }).call?.stream;
  if (typeof stream?.close === "function" && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
}
