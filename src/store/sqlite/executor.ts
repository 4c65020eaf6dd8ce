import { openFile } from "./engine/open-file.js";
import type { ReadCall, ReadReply, WriteCall, WriteReply } from "./engine/operations.js";
import type { Note } from "./engine/other-hosts.js";

/** Has the engine run calls, on this thread or on another. Replies come in the order of the calls; it never rejects. */
export interface Executor {
  /** In one transaction. */
  write(calls: readonly WriteCall[]): Promise<WriteReply>;
  read(call: ReadCall): Promise<ReadReply>;
  close(): Promise<void>;
}

/** On this thread: a call is done when it returns. */
export async function openInline(file: string, patienceMs: number, tell?: (note: Note) => void): Promise<Executor> {
  const engine = await openFile(file, patienceMs, tell);
  return {
    write: async (calls) => engine.write(calls),
    read: async (call) => engine.read(call),
    close: async () => engine.close(),
  };
}
