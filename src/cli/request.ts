import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** A message's fields by their names in proto3 JSON; what is undefined is left out. */
export type Fields = Readonly<Record<string, JsonValue | undefined>>;

/** A request without what is not said. */
export function requestOf(fields: Fields): JsonObject {
  const said = Object.entries(fields).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
  return Object.fromEntries(said);
}

/** The same as a part of a message; undefined where it says nothing. */
export function partOf(fields: Fields): JsonObject | undefined {
  const part = requestOf(fields);
  return Object.keys(part).length > 0 ? part : undefined;
}

/** A repeated field; undefined where it has nothing. */
export function someOf(words: readonly string[]): string[] | undefined {
  return words.length > 0 ? [...words] : undefined;
}

/** The path of a field in a request, to what gives it: `{ "job.trigger.cron.expression": "--cron", slug: "SLUG" }`. */
export type OptionOfField = Readonly<Record<string, string>>;
