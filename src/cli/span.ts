const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** What a user gives for a span: "1500ms", "10s", "1h30m"; in ms. Throws an Error that completes "--name: must be ...". */
export function parseSpan(text: string): number {
  let ms = 0;
  for (const [, number, unit] of text.matchAll(PART)) ms += Number(number) * UNITS[unit as keyof typeof UNITS];
  if (text === "" || text.replace(PART, "") !== "" || !Number.isSafeInteger(Math.round(ms))) {
    throw new Error("must be a span such as 1500ms, 10s, 5m, 2h or 1h30m");
  }
  return Math.round(ms);
}

/** As `parseSpan` reads it, in at most two units: "1h 30m" is "1h30m", "1.5s" stays so. */
export function showSpan(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(3))}s`;
  const [big, small, bigName, smallName] = unitsOf(ms);
  const whole = Math.floor(ms / big);
  const rest = Math.floor((ms - whole * big) / small);
  return rest === 0 ? `${whole}${bigName}` : `${whole}${bigName}${rest}${smallName}`;
}

function unitsOf(ms: number): readonly [number, number, string, string] {
  if (ms >= UNITS.d) return [UNITS.d, UNITS.h, "d", "h"];
  return ms >= UNITS.h ? [UNITS.h, UNITS.m, "h", "m"] : [UNITS.m, UNITS.s, "m", "s"];
}

/** A span as proto3 JSON has it: "1.5s". */
export function spanToJson(ms: number): string {
  const rest = String(ms % 1_000).padStart(3, "0");
  return `${Math.floor(ms / 1_000)}${rest === "000" ? "" : `.${rest}`}s`;
}

/** Of proto3 JSON, in ms; undefined where there is none. */
export function spanFromJson(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replace(/s$/, "")) * 1_000;
}
