import type { TickwireError } from "../errors.js";
import type { WorkRequest, WorkResponse } from "../gen/tickwire/v1/worker.js";
import type { Server } from "../servers.js";

/** How the worker's streams are opened, so that its protocol can be tested without a network. */
export interface Transport {
  /** Tries to reach the server; `events` tell how it goes. */
  open(server: Server, events: StreamEvents): WorkStream;
}

export interface WorkStream {
  /** False: it takes no more until `drained`; this frame was taken. Only after `opened`. */
  write(frame: WorkRequest): boolean;
  /** Ends it: what was written is sent if possible. No event comes afterwards. Twice is fine. */
  close(): void;
}

export interface StreamEvents {
  /** The server is reached; the first frame may be written. Never called within `open`. */
  opened(): void;
  frame(frame: WorkResponse): void;
  /** It takes frames again after `write` returned false. */
  drained(): void;
  /** It is gone, in whichever way; the last event. Undefined: a normal end. Never called within `open` or `write`. */
  closed(error: TickwireError | undefined): void;
}
