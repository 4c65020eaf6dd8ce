import type { ConnectionOptions } from "@tickwire/client";

/** How a client or a worker is told of several servers. */
export function several(addresses: readonly string[]): ConnectionOptions {
  return { addresses };
}
