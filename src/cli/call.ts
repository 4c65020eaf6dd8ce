import type { JsonObject } from "@bufbuild/protobuf";
import { Client, type TickwireError } from "@tickwire/client";
import { connectError } from "./connect-error.js";
import { CommandError, EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { addressesOf, readValue } from "./read.js";
import type { OptionOfField } from "./request.js";
import { parseSpan } from "./span.js";

/** A server that does not listen is tried so often: within a second. */
const TRIES = 4;

/** Calls of one command: the connection is there while `work` runs. What the server refuses ends the command. */
export interface Caller {
  call<T>(method: string, request: JsonObject): Promise<T & JsonObject>;
}

/** Throws CommandError: 1 where the server refuses, 3 where none can be reached. */
export async function calling<T>(
  given: Given,
  options: OptionOfField,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  const addresses = addressesOf(given, "server") ?? [];
  const timeoutMs = readValue(given, "deadline", parseSpan) ?? 0;
  if (timeoutMs === 0) throw usageError("--deadline: must be more than 0");
  await using client = new Client({ address: addresses, timeoutMs, retry: { maxTries: TRIES } });
  return await work({
    call: async (method, request) => {
      try {
        return (await client.json(method, request)) as never;
      } catch (error) {
        throw refusal(error as TickwireError, addresses, options);
      }
    },
  });
}

/** No server spoke: the error's reason is then only gRPC's own word. */
function isUnreachable({ code, reason }: TickwireError): boolean {
  return code === reason && (code === "UNAVAILABLE" || code === "DEADLINE_EXCEEDED");
}

export function refusal(error: TickwireError, addresses: readonly string[], options: OptionOfField): CommandError {
  const cause = { cause: error };
  if (isUnreachable(error)) {
    const at = addresses.join(", ");
    const why = error.code === "UNAVAILABLE" ? connectError(error.message) : "no answer within --deadline";
    return new CommandError(
      EXIT.unreachable,
      `can't reach a server at ${at}: ${why}\nStart one with \`tickwire serve\` or \`tickwire dev\`, or name another with --server HOST:PORT (TICKWIRE_SERVER).`,
      cause,
    );
  }
  const { reason, message, violations } = error;
  if (violations.length === 0) return new CommandError(EXIT.refused, `refused, ${reason}: ${message}`, cause);
  const lines = violations.map(({ field, description }) => `  ${placeOf(field, options)}: ${description}`);
  return new CommandError(EXIT.refused, [`refused, ${reason}:`, ...lines].join("\n"), cause);
}

/** A field by the option that gave it, where one did; else by its path. */
function placeOf(field: string, options: OptionOfField): string {
  const path = field.replace(/\[.*$/, "");
  for (let end = path.length; end > 0; end = path.lastIndexOf(".", end - 1)) {
    const option = options[path.slice(0, end)];
    if (option !== undefined) return `${option}${field.slice(path.length)}`;
  }
  return field;
}
