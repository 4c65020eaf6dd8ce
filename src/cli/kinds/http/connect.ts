import { lookup as systemLookup } from "node:dns";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { PermanentError } from "@tickwire/client";
import { isPublic } from "./public-address.js";

/** Opens a connection of its own to a URL's host: none is ever shared by two requests. */
export type Connect = (url: URL) => Socket;

export interface ConnectOptions {
  /** Else whatever is not on the internet is refused. */
  readonly allowPrivate: boolean;
  /** Finds a name's addresses; the system's unless a test says otherwise. */
  readonly lookup?: LookupFunction;
}

/**
 * What is checked is the address that the connection is made to: names are looked up once for each connection, and only the addresses
 * that passed are tried. A name that answers differently a moment later changes nothing.
 */
export function connector({ allowPrivate, lookup = systemLookup as LookupFunction }: ConnectOptions): Connect {
  const checked = allowPrivate ? lookup : onlyPublic(lookup);
  return (url) => {
    const host = hostOf(url);
    // Of an address nothing is looked up.
    if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) throw refused(host);
    const isTls = url.protocol === "https:";
    const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
    const target = { host, port, lookup: checked };
    if (!isTls) return connectTcp(target);
    return connectTls({ ...target, ALPNProtocols: ["http/1.1"], ...(isIP(host) === 0 && { servername: host }) });
  };
}

/** The same look-up, without the addresses that are not on the internet; where none is left, PermanentError. */
export function onlyPublic(lookup: LookupFunction): LookupFunction {
  return (host, options, done) =>
    // All of them, whatever was asked for: one that is refused must not hide one that is not.
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, "");
      const addresses = (Array.isArray(found) ? found : []).filter(({ address }) => isPublic(address));
      const [first] = addresses;
      if (!first) return done(refused(host), "");
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function refused(host: string): PermanentError {
  const what = isIP(host) === 0 ? `the address of ${host}` : host;
  return new PermanentError(`${what} is private: only a worker started with --http-allow-private calls it`);
}
