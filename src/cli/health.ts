import type { TickwireError } from "@tickwire/client";
import { SETTINGS, variableOf } from "../config.js";
import { askHealth } from "../rpc/ask-health.js";
import { ADDRESS, type Address, showAddress, showSpan } from "../setting-types.js";
import { connectError } from "./connect-error.js";
import { CommandError, EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { printLines } from "./output.js";
import { addressesOf } from "./read.js";

/** For everything that is asked of a server, in ms: under the time limit of whatever runs this as a check. */
const LIMIT_MS = 2_000;

interface Answer {
  readonly code: number;
  readonly line: string;
}

/** Says of each server whether it serves. Throws CommandError with the worst of their exit codes where one does not. */
export async function health(given: Given): Promise<number> {
  const addresses = addressesOf(given, "server") ?? [ownAddress(given)];
  const answers = await Promise.all(addresses.map((address) => answerOf(address, given.has("ready"))));
  await printLines(answers.filter(({ code }) => code === EXIT.done).map(({ line }) => line));
  const bad = answers.filter(({ code }) => code !== EXIT.done);
  if (bad.length === 0) return EXIT.done;
  throw new CommandError(Math.max(...bad.map(({ code }) => code)), bad.map(({ line }) => line).join("\n"));
}

async function answerOf(address: string, isToBeReady: boolean): Promise<Answer> {
  const startedAt = performance.now();
  const answer = await askHealth(address, LIMIT_MS);
  switch (answer.type) {
    case "late":
      return { code: EXIT.unreachable, line: `can't reach ${address}: no answer within ${showSpan(LIMIT_MS)}` };
    case "unreachable":
      return { code: EXIT.unreachable, line: `can't reach ${address}: ${connectError(answer.why)}` };
    case "refused":
      return { code: EXIT.refused, line: `${address} does not tell how it is: ${answer.why}` };
    case "not serving":
      return { code: EXIT.refused, line: `${address} is not serving` };
    case "serving": {
      if (!isToBeReady) return { code: EXIT.done, line: `${address} is serving` };
      const why = await whyNotReady(address, LIMIT_MS - (performance.now() - startedAt));
      if (why === undefined) return { code: EXIT.done, line: `${address} is ready` };
      return { code: EXIT.refused, line: `${address} is serving, but not ready: ${why}` };
    }
  }
}

/** Reads what is smallest in every store. A server serves until its lease runs out, which is long after its store has gone. */
async function whyNotReady(address: string, limitMs: number): Promise<string | undefined> {
  // Loaded here, so that the plain check, which a container makes every few seconds, costs less.
  const { Client } = await import("@tickwire/client");
  await using client = new Client({ address, timeoutMs: Math.max(1, limitMs), retry: { maxTries: 1 } });
  try {
    await client.listKindsPage({ pageSize: 1 });
    return undefined;
  } catch (error) {
    const { code, message } = error as TickwireError;
    return code === "DEADLINE_EXCEEDED" ? `no answer from its store within ${showSpan(LIMIT_MS)}` : message;
  }
}

/** Where the server of this container or machine listens, by the variable that told it so. */
function ownAddress({ env }: Given): string {
  const variable = variableOf(SETTINGS.grpc);
  const text = env[variable] || SETTINGS.grpc.default;
  try {
    return showAddress(reachable(ADDRESS.parse(text)));
  } catch (error) {
    throw usageError(`${variable}: ${(error as Error).message}; got ${JSON.stringify(text)}`);
  }
}

/** Who listens on every address listens on loopback. */
function reachable({ host, port }: Address): Address {
  if (port === 0) throw new Error("has no port to ask: name the server with --server");
  if (host === "0.0.0.0") return { host: "127.0.0.1", port };
  return { host: host === "::" ? "::1" : host, port };
}
