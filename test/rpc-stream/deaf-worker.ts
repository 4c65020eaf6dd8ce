import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { WorkRequest } from "../../src/rpc/gen/tickwire/v1/worker.js";

/**
 * A worker that writes and never reads, on bare HTTP/2: grpc-js would go on reading into its own memory, and so hide from the
 * server that nobody listens.
 */
export class DeafWorker {
  readonly #session: ClientHttp2Session;
  readonly #stream: ClientHttp2Stream;

  constructor(address: string) {
    this.#session = connect(`http://${address}`);
    this.#stream = this.#session.request({
      ":method": "POST",
      ":path": "/tickwire.v1.Scheduler/Work",
      "content-type": "application/grpc",
      te: "trailers",
    });
    this.#session.on("error", () => {});
    this.#stream.on("error", () => {});
  }

  /** Resolves when the server has taken it as far as its transport goes. */
  async say(frame: NonNullable<WorkRequest["frame"]>): Promise<void> {
    const message = WorkRequest.encode({ frame }).finish();
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(Buffer.concat([head, message]), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Starts to read, and drops what comes. */
  listen(): void {
    this.#stream.resume();
  }

  /** The HTTP/2 code that the server ended the stream with. */
  async reset(): Promise<number> {
    // Before its close comes an error, which says the same.
    if (!this.#stream.closed) await new Promise((resolve) => this.#stream.once("close", resolve));
    return this.#stream.rstCode;
  }

  close(): void {
    this.#session.destroy();
  }
}
