import { hash, randomFillSync } from "node:crypto";

/** Of a token. */
export const TOKEN_BYTES = 16;
/** One draw for many tokens: a draw for each takes 8 us under load, and this 0.1 us. */
const pool = Buffer.alloc(256 * TOKEN_BYTES);
let used = pool.length;

/** Names one attempt, unguessably, and is not derivable from any other: 16 random bytes in lower-case hex. */
export function newToken(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const token = pool.toString("hex", used, used + TOKEN_BYTES);
  used += TOKEN_BYTES;
  return token;
}

/** So many tokens one after the other, as bytes: for a claim, which may take far fewer. */
export function newTokens(count: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(count * TOKEN_BYTES));
}

/** Those of `newTokens` as they are stored. */
export function tokensOf(drawn: Buffer): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < drawn.length; at += TOKEN_BYTES) tokens.push(drawn.toString("hex", at, at + TOKEN_BYTES));
  return tokens;
}

const hashed = Buffer.alloc(TOKEN_BYTES);

/** The public name of an attempt: the first 16 bytes of SHA-256 over the token's bytes, in hex. */
export function runIdOf(token: string): string {
  // `createHash` takes 0.7 us and an object, this 0.35 us. What is no token is hashed as far as it is hex.
  const whole = token.length === 2 * TOKEN_BYTES && hashed.write(token, "hex") === TOKEN_BYTES;
  return hash("sha256", whole ? hashed : Buffer.from(token, "hex"), "hex").slice(0, 32);
}
