import type { Collection, Document, Filter } from "mongodb";
import type { Page } from "../store.js";
import { COMMAND_MS, LOOK_LIMIT } from "./context.js";

export interface PageRequest<T extends Document> {
  /** What an index finds, in this order. */
  readonly scope: Filter<T>;
  /** What has to be looked at: at most `LOOK_LIMIT` documents of the scope are. */
  readonly rest: readonly Filter<T>[];
  readonly order: Readonly<Record<string, 1 | -1>>;
  readonly limit: number;
  /** The index, where the database shall not choose. */
  readonly hint?: string;
  readonly projection?: Readonly<Record<string, 0 | 1>>;
  readonly position: (doc: T) => string;
}

/** One page of documents; it may be short, or empty, and still have a next one. */
export async function page<T extends Document>(collection: Collection<T>, request: PageRequest<T>): Promise<Page<T>> {
  const { scope, rest, order, limit, projection, position, hint } = request;
  const options = { maxTimeMS: COMMAND_MS, ...(hint !== undefined && { hint }) };
  const pipeline: Document[] = [
    { $match: scope },
    { $sort: order },
    ...(rest.length > 0 ? [{ $limit: LOOK_LIMIT }, { $match: { $and: rest } }] : []),
    { $limit: limit + 1 },
    ...(projection ? [{ $project: projection }] : []),
  ];
  const found = await collection.aggregate<T>(pipeline, { ...options, batchSize: limit + 1 }).toArray();
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length > limit && last) return { items, next: position(last) };
  if (rest.length === 0) return { items };
  // Where the look ended before the index did.
  const names = Object.fromEntries(Object.keys(order).map((name) => [name, 1]));
  const [end] = await collection
    .aggregate<T>(
      [{ $match: scope }, { $sort: order }, { $skip: LOOK_LIMIT - 1 }, { $limit: 1 }, { $project: names }],
      options,
    )
    .toArray();
  return end ? { items, next: position(end) } : { items };
}
