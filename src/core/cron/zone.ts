import { show } from "../check.js";
import { TickwireError } from "../errors.js";
import { DAY_SECONDS } from "./calendar.js";

/** Instants [from, to), in seconds since 1970 UTC, over which a zone's clock is `offset` seconds ahead of UTC. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** A zone's clock: its offset from UTC, span by span. */
export interface Zone {
  /**
   * The span that holds `at`. It ends at the next change of the clocks, or before: two spans in a row may have the same offset.
   */
  spanAt(at: number): Span;
}

/** No zone was ever this far from UTC. */
export const MAX_OFFSET = DAY_SECONDS;
/**
 * From 1970 on, no zone changed its clocks twice within this time. The closest two changes of the time zone database (2025b)
 * are those of Brazil in October 2000, and of Gaza in some years from 2040 on: 6 days and 23 hours.
 */
export const CHANGES_APART = 5 * DAY_SECONDS;

const CHUNK = 73 * CHANGES_APART;

const UTC: Zone = { spanAt: () => ALWAYS };
const ALWAYS: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, offset: 0 };

/**
 * Short names that JavaScript takes for a place of its own choosing (BST is Dhaka, IST is Kolkata): they are not in the time
 * zone database, and mean other places to other people.
 */
const AMBIGUOUS = new Set(
  "ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST".split(" "),
);

/** By lower-cased name. As many as there are names, since only known ones come in; 30 kB each. */
const zones = new Map<string, Zone>();

/** Throws TickwireError (BAD_TIME_ZONE) where this Node does not know the zone. */
export function zoneOf(name: string): Zone {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known) return known;
  const zone = openZone(name);
  zones.set(key, zone);
  return zone;
}

function openZone(name: string): Zone {
  const upper = name.toUpperCase();
  // Some releases of Node take offsets too; a job must not depend on which.
  if (!/^[A-Z]/.test(upper) || AMBIGUOUS.has(upper) || upper.startsWith("SYSTEMV/")) throw unknown(name);
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, hour: "numeric", timeZoneName: "longOffset" });
  } catch (error) {
    throw unknown(name, error);
  }
  return format.resolvedOptions().timeZone === "UTC" ? UTC : new IntlZone(format);
}

function unknown(name: string, cause?: unknown): TickwireError {
  const message = `${show(name)} is not a time zone that this server knows: give an IANA name such as Europe/Berlin`;
  return new TickwireError("BAD_TIME_ZONE", message, {}, { cause });
}

/** Reads a year's spans the first time that one of them is asked for: 0.1 ms a year. */
class IntlZone implements Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #chunks = new Map<number, readonly Span[]>();

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  spanAt(at: number): Span {
    const index = Math.floor(at / CHUNK);
    let spans = this.#chunks.get(index);
    if (!spans) {
      spans = this.#read(index * CHUNK);
      this.#chunks.set(index, spans);
    }
    let found = spans[0] as Span;
    for (let i = 1; found.to <= at; i++) found = spans[i] as Span;
    return found;
  }

  #read(start: number): Span[] {
    const spans: Span[] = [];
    let from = start;
    let offset = this.#offsetAt(start);
    for (let at = start; at < start + CHUNK; at += CHANGES_APART) {
      const next = this.#offsetAt(at + CHANGES_APART);
      if (next === offset) continue;
      const change = this.#changeBetween(at, at + CHANGES_APART, offset);
      spans.push({ from, to: change, offset });
      from = change;
      offset = next;
    }
    if (from < start + CHUNK) spans.push({ from, to: start + CHUNK, offset });
    return spans;
  }

  /** The first instant in (before, after] at which the offset is no longer `offset`. */
  #changeBetween(before: number, after: number, offset: number): number {
    let [low, high] = [before, after];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  #offsetAt(at: number): number {
    // "7 PM GMT-05:00", "11 PM GMT-00:44:30", "12 AM GMT".
    const text = this.#format.format(at * 1_000);
    const found = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text);
    if (!found) throw new TickwireError("BAD_TIME_ZONE", `can't read an offset from ${show(text)}`);
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = found;
    const ahead = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
    return sign === "-" ? -ahead : ahead;
  }
}
