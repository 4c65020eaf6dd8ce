import { TickwireError } from "../core/errors.js";
import type { WorkerFrame } from "../dispatch/frames.js";
import { boundedReader } from "./bounded-reader.js";
import { WorkRequest } from "./gen/tickwire/v1/worker.js";
import { readCapacity, readHello } from "./read-hello.js";
import { readProgress, readResult } from "./read-result.js";

/** A worker's frame in core's terms, with what of it can't reach a session. */
export interface ReadFrame {
  /** Undefined: nothing that this server knows. It is a sign of life all the same. */
  readonly frame: WorkerFrame | undefined;
  /** Results for what can't be a task: each is answered as stale. */
  readonly strays: readonly Buffer[];
  /** A capacity that is wrong: the one before it still holds. */
  readonly refused?: TickwireError;
}

const NO_STRAYS: readonly Buffer[] = [];

/** Throws where the stream can't go on: MALFORMED, or what is wrong with a hello. */
export function readWorkerFrame(bytes: Buffer): ReadFrame {
  const { frame } = decode(bytes);
  switch (frame?.$case) {
    case "hello":
      return whole({ type: "hello", hello: readHello(frame.value) });
    case "results":
      return readResults(frame.value.results);
    case "progress": {
      const reports = frame.value.reports.map(readProgress).filter((report) => report !== undefined);
      return whole({ type: "progress", reports });
    }
    case "capacity":
      try {
        return whole({ type: "capacity", capacity: readCapacity(frame.value) });
      } catch (error) {
        if (!(error instanceof TickwireError)) throw error;
        return { frame: undefined, strays: NO_STRAYS, refused: error };
      }
    case "drain":
    case "ping":
      return whole({ type: frame.$case });
    case undefined:
      return { frame: undefined, strays: NO_STRAYS };
  }
}

function readResults(wire: Parameters<typeof readResult>[0][]): ReadFrame {
  const strays: Buffer[] = [];
  const results = [];
  for (const one of wire) {
    const result = readResult(one);
    if (result) results.push(result);
    else strays.push(one.token);
  }
  return { frame: { type: "results", results }, strays };
}

function whole(frame: WorkerFrame): ReadFrame {
  return { frame, strays: NO_STRAYS };
}

function decode(bytes: Buffer): WorkRequest {
  try {
    return WorkRequest.decode(boundedReader(bytes));
  } catch (cause) {
    if (cause instanceof TickwireError) throw cause;
    throw new TickwireError("MALFORMED", "the frame is not a valid WorkRequest", {}, { cause });
  }
}
