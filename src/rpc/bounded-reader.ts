import { BinaryReader } from "@bufbuild/protobuf/wire";
import { TickwireError } from "../core/errors.js";

/**
 * Tags and lengths that one message may hold. The largest that is of use, a hello with 10,000 held tasks or a batch of 1,000
 * jobs with 32 labels each, takes 250,000 of them; a message of 4 MiB could have 2,000,000 empty items, which decode to 1 GB.
 */
const MAX_NUMBERS = 400_000;

/** Reads a message's bytes, and throws TOO_LARGE where they hold so many fields that decoding them would cost memory out of proportion. */
export function boundedReader(bytes: Uint8Array): BinaryReader {
  const reader = new BinaryReader(bytes);
  // Two bytes hold at least one number: what is short needs no count.
  if (bytes.length <= MAX_NUMBERS) return reader;
  const read = reader.uint32;
  let left = MAX_NUMBERS;
  reader.uint32 = function uint32(this: BinaryReader) {
    if (left-- === 0) throw new TickwireError("TOO_LARGE", "the message holds too many fields: send less at once");
    return read.call(this);
  };
  return reader;
}
