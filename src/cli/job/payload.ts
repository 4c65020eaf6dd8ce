import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { LIMITS } from "../../core/limits.js";
import { CommandError, EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";

/** The payload that the options give, from the command line, a file or stdin; undefined where they give none. */
export async function payloadOf(given: Given): Promise<Buffer | undefined> {
  const text = given.text("payload");
  const file = given.text("payload-file");
  if (text !== undefined && file !== undefined) throw usageError("--payload and --payload-file exclude each other");
  if (text !== undefined) return Buffer.from(text);
  if (file === undefined) return undefined;
  return await readAll(file === "-" ? process.stdin : createReadStream(file), file === "-" ? "stdin" : file);
}

/** What no message can carry is not read to its end, which it need not have. */
async function readAll(stream: Readable, name: string): Promise<Buffer> {
  const most = LIMITS.message_bytes.value;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most) break;
    }
  } catch (error) {
    throw new CommandError(EXIT.refused, `--payload-file: can't read ${name}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (bytes > most)
    throw new CommandError(
      EXIT.refused,
      `--payload-file: ${name} has more than the ${most} bytes that a message may have`,
    );
  return Buffer.concat(chunks);
}
