import { MongoBulkWriteError, MongoError, MongoServerError } from "mongodb";
import { TickwireError } from "../../core/errors.js";
import { COMMAND_MS } from "./context.js";

const DUPLICATE_KEY = 11_000;

/**
 * Server errors that are this program's own fault: the same call fails again. Everything else (no server, no primary, a
 * timeout, no majority, a full disk, no right to write) may be over soon, and is the store's.
 */
const FAULTS = new Set([
  2, // BadValue
  9, // FailedToParse
  14, // TypeMismatch
  28, // PathNotViable
  40, // ConflictingUpdateOperators
  52, // DollarPrefixedFieldName
  66, // ImmutableField
  121, // DocumentValidationFailure
  10_334, // BSONObjectTooLarge
  DUPLICATE_KEY,
]);

const ADVICE: Readonly<Record<number, string>> = {
  13: "the user may not do this: grant what docs/mongodb.md lists",
  18: "the user name or the password is wrong",
};

export function isFault(error: unknown): boolean {
  if (error instanceof MongoServerError) return FAULTS.has(Number(error.code));
  return !(error instanceof MongoError) && !isOfSocket(error);
}

/** The driver hands on as it is what Node says of a socket that ends while a command waits to be written. */
function isOfSocket(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^(E[A-Z]+|ERR_STREAM_\w+|ERR_SOCKET_\w+)$/.test(code);
}

export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/**
 * The places in a batch that was not ordered whose unique key was taken; the others were written. Throws what is not that alone.
 */
export function duplicatesOf(error: unknown): Set<number> {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
  const errors = error.result.getWriteErrors();
  if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return new Set(errors.map(({ index }) => index));
}

/** What a caller of the store gets for an error of the driver. */
export function storeError(error: unknown): unknown {
  if (error instanceof TickwireError) return error;
  if (isFault(error)) return new Error("MongoDB refused a command of the store", { cause: error });
  const code = error instanceof MongoServerError ? Number(error.code) : undefined;
  const advice = (code !== undefined && ADVICE[code]) || (error as MongoError).message;
  return new TickwireError("STORE_DOWN", `MongoDB can't be used: ${advice}`, {}, { cause: error });
}

const TRIES = 3;
const PAUSE_MS = 50;

/**
 * For trying again what may be done twice, where its outcome is not known or the server can't be reached: the driver has then
 * tried twice itself. A connection that broke is worth three tries; a database that does not answer is not, for each of them
 * would wait for a socket's whole time, and callers have better use for theirs.
 */
export class Patience {
  #left = TRIES;
  readonly #until = performance.now() + COMMAND_MS;

  /** Resolves when it is time for another try. Rejects with the error where there is none. */
  async after(error: unknown): Promise<void> {
    if (isFault(error) || --this.#left === 0 || performance.now() > this.#until) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (1 + Math.random())));
  }
}

/**
 * For writes that insert what is not there: where two of them insert the same at once, the database may tell one of them that
 * its key is taken. Then it is there, and the same write changes it.
 */
export async function insertingOnce<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return await write();
  }
}

/** Does what may be done twice again. What is still not known afterwards is the caller's to hear of. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (const patience = new Patience(); ; ) {
    try {
      return await work();
    } catch (error) {
      await patience.after(error);
    }
  }
}
