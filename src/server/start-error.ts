import { type Address, showAddress } from "../setting-types.js";

/** Why a server could not start, in words that say what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** What `listen` of net, http or grpc-js rejected with, for the one who chose the address. */
export function cannotListen(what: string, flag: string, address: Address, cause: unknown): StartError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const code = (cause as { readonly code?: unknown }).code ?? /\bE[A-Z]{4,}\b/.exec(text)?.[0];
  const at = `can't listen for ${what} on ${showAddress(address)}`;
  const other = `choose another address with ${flag} HOST:PORT`;
  return new StartError(`${at}: ${adviceOf(code, text)}; ${other}`, { cause });
}

function adviceOf(code: unknown, text: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "the port is in use, perhaps by another tickwire: stop that one first";
    case "EACCES":
      return "the port is not this user's to take";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host's name is not known";
    default:
      return text;
  }
}
