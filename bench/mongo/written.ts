import { BSON } from "mongodb";
import type { WireMessage } from "./wire-messages.js";

const OP_MSG = 2013;
/** Header, flags, and the kind of the first section: 0, the body. */
const BODY_AT = 16 + 4 + 1;

interface Reply {
  readonly n?: number;
  readonly nModified?: number;
  readonly upserted?: readonly unknown[];
  readonly lastErrorObject?: { readonly n?: number };
}

/** How many documents a command wrote, by its answer: inserted, changed or deleted. 0 for a command that only reads. */
export function writtenBy(command: string, answer: WireMessage): number {
  switch (command) {
    case "insert":
    case "delete":
      return replyOf(answer).n ?? 0;
    case "update": {
      const { nModified = 0, upserted = [] } = replyOf(answer);
      return nModified + upserted.length;
    }
    case "findAndModify":
      return replyOf(answer).lastErrorObject?.n ?? 0;
    default:
      return 0;
  }
}

function replyOf({ bytes }: WireMessage): Reply {
  if (bytes.readInt32LE(12) !== OP_MSG || bytes[BODY_AT - 1] !== 0) return {};
  return BSON.deserialize(bytes.subarray(BODY_AT, BODY_AT + bytes.readInt32LE(BODY_AT))) as Reply;
}
