import type { ChangeStream, ChangeStreamDocument, Collection } from "mongodb";
import { MongoServerError } from "mongodb";
import type { Log } from "../../core/log.js";
import { Notices } from "../notices.js";
import type { Wake } from "../store.js";
import { COMMAND_MS } from "./context.js";
import type { WakeDoc } from "./documents.js";
import { insertingOnce } from "./failure.js";
import type { Line } from "./line.js";

const MINE = { _id: "wake" } as const;
/** Change streams are not to be had here: no replica set, or a server that doesn't know them. */
const NO_STREAMS = new Set([40_573, 59, 115, 72, 40_324]);

/** Notices to the other servers, all in one small document. */
export class Waker extends Notices {
  constructor(
    private readonly wake: () => Collection<WakeDoc>,
    line: Line,
    private readonly logs: Log,
  ) {
    super(async (notice) => {
      const update = { $inc: { n: 1 }, $set: { notice: JSON.stringify(notice) } };
      const put = async () => void (await wake().updateOne(MINE, update, { upsert: true, maxTimeMS: COMMAND_MS }));
      await line.bound(() => insertingOnce(put));
    }, logs);
  }

  /**
   * The others' notices, from one change stream. Ends at once, with a line in the log, where there are no change streams.
   * Throws where the stream breaks: it is opened anew, without a token, and what it missed is the poll's.
   */
  async *watch(signal: AbortSignal): AsyncGenerator<Wake> {
    if (signal.aborted) return;
    const stream = this.wake().watch<WakeDoc>([]);
    const close = () => void stream.close().catch(() => {});
    signal.addEventListener("abort", close, { once: true });
    try {
      yield* this.#read(stream);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof MongoServerError && NO_STREAMS.has(Number(error.code))) {
        this.logs.info(
          { reason: error.message },
          "MongoDB has no change streams here; servers learn of each other's writes by polling",
        );
        return;
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  }

  /** What changed is in the events themselves: a look-up would be a read for each, and might show only the newest of several. */
  async *#read(stream: ChangeStream<WakeDoc>): AsyncGenerator<Wake> {
    for await (const event of stream) {
      const text = noticeIn(event);
      if (text === undefined) continue;
      const heard = this.heard(text);
      if (heard) yield heard;
    }
  }
}

function noticeIn(event: ChangeStreamDocument<WakeDoc>): string | undefined {
  if (event.operationType === "insert" || event.operationType === "replace") return event.fullDocument.notice;
  return event.operationType === "update" ? event.updateDescription.updatedFields?.notice : undefined;
}
