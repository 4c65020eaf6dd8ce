import { isIPv4, isIPv6 } from "node:net";

/** How a setting is written, and what it means. `parse` throws an Error that completes "NAME: must be ...". */
export interface SettingType<T> {
  /** Stands for the value in `--name VALUE`; none: the flag alone is the value. */
  readonly value?: string;
  readonly unit?: string;
  parse(text: string): T;
}

/** Where a server listens. Port 0 is any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const TEXT: SettingType<string> = {
  value: "TEXT",
  parse(text) {
    if (text === "" || Buffer.byteLength(text) > 100) throw new Error("must be text of 1 to 100 bytes");
    return text;
  },
};

export const STORE_URL: SettingType<string> = {
  value: "URL",
  parse(text) {
    // The rest is the store's to judge, which shows it without its password.
    if (/^[a-z+]+:/i.test(text)) return text;
    throw new Error(
      "must be a store's URL, such as sqlite:./tickwire.db, mongodb://HOST/DATABASE, postgres://HOST/DATABASE or memory:",
    );
  },
};

export const ADDRESS: SettingType<Address> = {
  value: "HOST:PORT",
  parse(text) {
    const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    const port = Number(digits);
    if (host === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) {
      throw new Error("must be HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070; port 0 is any free one");
    }
    return { host, port };
  },
};

export const ADDRESS_OR_OFF: SettingType<Address | undefined> = {
  value: "HOST:PORT",
  parse(text) {
    return text === "off" ? undefined : ADDRESS.parse(text);
  },
};

export const FLAG: SettingType<boolean> = {
  parse(text) {
    const value = new Map([
      ["true", true],
      ["1", true],
      ["false", false],
      ["0", false],
    ]).get(text.toLowerCase());
    if (value === undefined) throw new Error("must be true or false");
    return value;
  },
};

export function oneOf<const T extends string>(...names: readonly T[]): SettingType<T> {
  return {
    value: names.join("|"),
    parse(text) {
      const name = names.find((one) => one === text);
      if (name === undefined) throw new Error(`must be one of ${names.join(", ")}`);
      return name;
    },
  };
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A span with its unit, between two bounds; in ms. */
export function span(minMs: number, maxMs: number): SettingType<number> {
  return {
    value: "SPAN",
    unit: "ms, s, m or h",
    parse(text) {
      const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
      const ms = Number(number) * (UNITS[unit as keyof typeof UNITS] ?? Number.NaN);
      if (!(ms >= minMs && ms <= maxMs)) {
        throw new Error(`must be a span from ${showSpan(minMs)} to ${showSpan(maxMs)}, such as 500ms, 3s or 2m`);
      }
      return Math.round(ms);
    },
  };
}

/** As `span` reads it: "3s", "500ms". */
export function showSpan(ms: number): string {
  for (const unit of ["h", "m", "s"] as const) {
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

export function showAddress({ host, port }: Address): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Nobody but this machine reaches it. Of names only localhost is known to be so. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith("127.");
  return host === "::1" || host.toLowerCase() === "localhost";
}
