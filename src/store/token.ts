import { createHash, randomBytes } from "node:crypto";

/** Names one attempt, unguessably, and is not derivable from any other: 16 random bytes in lower-case hex. */
export function newToken(): string {
  return randomBytes(16).toString("hex");
}

/** The public name of an attempt: the first 16 bytes of SHA-256 over the token's bytes, in hex. */
export function runIdOf(token: string): string {
  return createHash("sha256").update(token, "hex").digest("hex").slice(0, 32);
}
