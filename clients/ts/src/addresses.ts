import { isIPv4, isIPv6 } from "node:net";

/** Where a server listens, as the caller wrote it. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server's port where nobody says otherwise. */
export const defaultAddress = "127.0.0.1:7070";

/**
 * The addresses of one text, with commas between them, or of several such texts; what is named twice counts once. Throws a RangeError
 * that names the first one that is none.
 */
export function parseAddresses(given: string | readonly string[] = defaultAddress): readonly Address[] {
  const texts = (typeof given === "string" ? [given] : given).flatMap((text) => text.split(","));
  const addresses = new Map<string, Address>();
  for (const text of texts) {
    const address = parseAddress(text.trim());
    addresses.set(showAddress(address), address);
  }
  if (addresses.size === 0) throw new RangeError("address names no server");
  return [...addresses.values()];
}

function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]\s]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw new RangeError(
      `address must be host:port, such as 127.0.0.1:7070 or [::1]:7070, or several of them; not ${JSON.stringify(text)}`,
    );
  }
  return { host, port };
}

export function showAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A name may stand for several servers; a number can't. */
export function isName({ host }: Address): boolean {
  return !isIPv4(host) && !isIPv6(host);
}
