import { TickwireError } from "../../core/errors.js";

export interface Place {
  /** As the driver takes it. */
  readonly url: string;
  readonly schema: string;
}

/** A channel's name has a prefix, and at most 63 bytes. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/;

/** `postgres://HOST/DATABASE?schema=NAME&...`: the schema is "tickwire" unless it is named. Throws BAD_FIELD. */
export function placeOf(url: string): Place {
  const [, before = "", query = ""] = /^([^?]*)\??(.*)$/.exec(url) ?? [];
  // Else a part of the password would be read, and told, as a host.
  const [, authority = "", path = ""] = /^[^/]*\/\/([^/]*)(.*)$/.exec(before) ?? [];
  if (path.includes("@") || authority.indexOf("@") !== authority.lastIndexOf("@")) {
    throw refused("in the user's name and password the characters @ : / ? # % must be written as %40 and so on");
  }
  if (authority.includes(",") || /(^|&)host=[^&]*(,|%2C)/i.test(query)) {
    throw refused("only one host can be named: give a name or a proxy that leads to the server that takes writes");
  }
  const options = query.split("&").filter((option) => option !== "");
  const own = options.find((option) => option.startsWith("schema="));
  const schema = own === undefined ? "tickwire" : decoded(own.slice("schema=".length));
  if (!SCHEMA.test(schema) || schema.startsWith("pg_")) {
    throw refused(
      `schema must be at most 40 lower-case letters, digits and _, and not begin with a digit or pg_; got ${JSON.stringify(schema)}`,
    );
  }
  const rest = options.filter((option) => option !== own);
  const whole = rest.length === 0 ? before : `${before}?${rest.join("&")}`;
  if (!URL.canParse(whole)) throw refused("the URL can't be read");
  return { url: whole, schema };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(description: string): TickwireError {
  const violations = [{ field: "store", description }];
  return new TickwireError("BAD_FIELD", `store: ${description}`, { field: "store" }, { violations });
}
