import type { Receipt, TaskFrame } from "../dispatch/frames.js";
import { ReceiptState } from "./gen/tickwire/v1/worker.js";
import { WireWriter } from "./wire-writer.js";

/**
 * The two frames that every task takes part in, written without the messages of the generated code in between: 0.65 us a task
 * instead of 0.95, and 700 of 5,900 bytes of garbage less. A test holds each byte to what the generated code writes.
 */
const writer = new WireWriter();

const RECEIPT_STATE = {
  recorded: ReceiptState.RECORDED,
  stale: ReceiptState.STALE,
  rejected: ReceiptState.REJECTED,
} as const satisfies Record<Receipt["state"], ReceiptState>;

/** A tag is the field's number and how it is written: 0 a number, 2 a length and as many bytes. */
const number = (field: number): number => field * 8;
const sized = (field: number): number => field * 8 + 2;

/** WorkResponse.tasks */
export function writeTasks(tasks: readonly TaskFrame[]): Buffer {
  return written(sized(2), tasks, writeTask);
}

/** WorkResponse.receipts */
export function writeReceipts(receipts: readonly Receipt[]): Buffer {
  return written(sized(3), receipts, writeReceipt);
}

function written<T>(tag: number, items: readonly T[], write: (item: T) => void): Buffer {
  writer.clear();
  const frame = writer.open(tag);
  for (const item of items) {
    const start = writer.open(sized(1));
    write(item);
    writer.close(start);
  }
  writer.close(frame);
  return writer.finish();
}

function writeTask(task: TaskFrame): void {
  writer.text(sized(1), task.slug);
  writer.text(sized(2), task.jobUid);
  writer.text(sized(3), task.kind);
  writer.hex(sized(4), task.token);
  writer.text(sized(5), task.runId);
  writer.text(sized(6), task.occurrenceId);
  writer.bytes(sized(7), task.payload);
  writer.text(sized(8), task.contentType);
  writePairs(sized(9), task.labels);
  writeTime(sized(10), task.scheduledAt.getTime());
  writer.number(number(11), task.attempt);
  writer.number(number(12), task.maxAttempts);
  writer.number(number(13), task.fence);
  writeTime(sized(14), task.timeoutMs);
  writer.text(sized(15), task.previousError);
  if (task.previousCheckpoint) writer.bytes(sized(16), task.previousCheckpoint);
  writePairs(sized(17), task.traceContext);
}

function writeReceipt({ token, state, message }: Receipt): void {
  writer.hex(sized(1), token);
  writer.number(number(2), RECEIPT_STATE[state]);
  writer.text(sized(3), message);
}

function writePairs(tag: number, pairs: Readonly<Record<string, string>>): void {
  for (const key in pairs) {
    const start = writer.open(tag);
    writer.text(sized(1), key);
    writer.text(sized(2), pairs[key] ?? "");
    writer.close(start);
  }
}

/** A Timestamp from 1970 on, or a Duration that is not negative. */
function writeTime(tag: number, ms: number): void {
  const start = writer.open(tag);
  const seconds = Math.floor(ms / 1_000);
  writer.number(number(1), seconds);
  writer.number(number(2), Math.round((ms - seconds * 1_000) * 1_000_000));
  writer.close(start);
}
