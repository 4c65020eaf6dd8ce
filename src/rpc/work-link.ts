import type { ServerDuplexStream } from "@grpc/grpc-js";
import type { TickwireError } from "../core/errors.js";
import type { Log } from "../core/log.js";
import type { Link, ServerFrame } from "../dispatch/frames.js";
import { resetStream } from "./reset-stream.js";
import { toStatus } from "./status.js";
import { writeServerFrame } from "./write-server-frame.js";

/** The call as bytes: frames are decoded and encoded here, so that a broken one is told as what it is, and sizes are known. */
export type WorkCall = ServerDuplexStream<Buffer, Buffer>;

const MIB = 1_048_576;
/** What may wait in this process for a peer to read it, before it gets no more tasks. */
const FULL_FRAMES = 16;
const FULL_BYTES = 4 * MIB;
/** Full until no more than this waits. */
const ROOM_FRAMES = 4;
const ROOM_BYTES = MIB;
/** What a peer that sends but does not read may make us keep (receipts, cancellations) before we stop reading as well. */
const DEAF_BYTES = 8 * MIB;
const DEAF_FRAMES = 1_000;
/** How long a peer may take to read what was written before the end; in ms. */
const CLOSE_MS = 5_000;

/** One worker's stream as a session sees it: what was sent and not yet read is counted here, because grpc-js takes any number of writes. */
export class WorkLink implements Link {
  readonly #call: WorkCall;
  readonly #log: Log;
  /** Called when a full link has room again. */
  readonly #drained: () => void;
  #frames = 0;
  #bytes = 0;
  #full = false;
  #ended = false;

  constructor(call: WorkCall, log: Log, drained: () => void) {
    this.#call = call;
    this.#log = log;
    this.#drained = drained;
  }

  get ended(): boolean {
    return this.#ended;
  }

  send(frame: ServerFrame): boolean {
    if (this.#ended) return false;
    const bytes = writeServerFrame(frame);
    this.#frames++;
    this.#bytes += bytes.length;
    this.#call.write(bytes, () => this.#written(bytes.length));
    if (this.#frames >= FULL_FRAMES || this.#bytes >= FULL_BYTES) this.#full = true;
    // A worker whose frames we don't take looks silent, and its session ends.
    if (this.#frames >= DEAF_FRAMES || this.#bytes >= DEAF_BYTES) this.#call.pause();
    return !this.#full;
  }

  end(error?: TickwireError): void {
    if (error) this.fail(error);
    else this.#end(() => this.#call.end());
  }

  /** Ends the stream with any error; one that is not a TickwireError is told by its id alone. */
  fail(error: unknown): void {
    this.#end(() => this.#call.emit("error", toStatus(error, this.#log, this.#call.getPath())));
  }

  /** The stream is gone: nothing more is written. */
  closed(): void {
    this.#ended = true;
  }

  #end(end: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    end();
    const limit = setTimeout(() => resetStream(this.#call), CLOSE_MS);
    limit.unref();
    this.#call.once("close", () => clearTimeout(limit));
    // Its frames are not wanted any more, but its end is.
    this.#call.resume();
  }

  #written(bytes: number): void {
    this.#frames--;
    this.#bytes -= bytes;
    if (!this.#full || this.#frames > ROOM_FRAMES || this.#bytes > ROOM_BYTES) return;
    this.#full = false;
    if (this.#ended) return;
    if (this.#call.isPaused()) this.#call.resume();
    this.#drained();
  }
}
