/** Equal plain objects, dates and bytes, in whatever order their fields were set. What is undefined, or an object of nothing else, is absent. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (isNothing(one) || isNothing(other)) return isNothing(one) && isNothing(other);
  if (!isObject(one) || !isObject(other)) return false;
  if (one instanceof Date || other instanceof Date) {
    return one instanceof Date && other instanceof Date && one.getTime() === other.getTime();
  }
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && sameBytes(one, other);
  }
  return sameFields(one, other);
}

function sameFields(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  for (const name of Object.keys(one)) if (!sameValue(one[name], fieldOf(other, name))) return false;
  return Object.keys(other).every((name) => Object.hasOwn(one, name) || isNothing(other[name]));
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  // A loop: `every` takes ten times as long, and payloads may have 1 MiB.
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Its own: labels may be named as what every object has. */
function fieldOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isNothing(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isObject(value) || value instanceof Date || value instanceof Uint8Array) return false;
  return Object.values(value).every(isNothing);
}
