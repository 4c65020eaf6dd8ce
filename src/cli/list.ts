import type { JsonObject } from "@bufbuild/protobuf";
import { type Caller, calling } from "./call.js";
import { EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { note, print, printLines, terminalWidth } from "./output.js";
import { wholeOf } from "./read.js";
import { type OptionOfField, requestOf } from "./request.js";
import { type Table, tableLines } from "./table.js";

/** No page has more. */
const PAGE_SIZE = 1_000;

/** A list command: what it calls, and how its items are shown. */
export interface Listing<Item> {
  readonly method: string;
  /** The field of the answer that holds the items. */
  readonly items: string;
  readonly request: JsonObject;
  readonly options: OptionOfField;
  table(items: readonly Item[], now: Date): Table;
}

/** Lists up to --limit items over as many pages as that takes, or all of them, and says how to go on. */
export async function list<Item>(given: Given, listing: Listing<Item>): Promise<number> {
  const isAll = given.has("all-pages");
  const limit = wholeOf(given, "limit", 1) ?? PAGE_SIZE;
  if (isAll && "limit" in given.flags) throw usageError("--all-pages and --limit exclude each other");
  const most = isAll ? Number.POSITIVE_INFINITY : limit;
  await calling(given, listing.options, async (caller) => {
    const pages = pagesOf<Item>(caller, listing, given.text("page-token"), most);
    await (given.has("json") ? showJson(listing.items, pages) : showTable(listing, pages));
  });
  return EXIT.done;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string;
}

async function* pagesOf<Item>(
  caller: Caller,
  { method, items, request }: Listing<Item>,
  from: string | undefined,
  most: number,
): AsyncGenerator<Page<Item>, void, undefined> {
  let pageToken = from;
  let left = most;
  do {
    // Never more than is shown: so that the token is where the next list begins.
    const pageSize = Math.min(left, PAGE_SIZE);
    const answer: { readonly nextPageToken?: string } & Readonly<Record<string, unknown>> = await caller.call(
      method,
      requestOf({ ...request, pageSize, pageToken }),
    );
    const found = (answer[items] ?? []) as readonly Item[];
    left -= found.length;
    pageToken = answer.nextPageToken ?? "";
    yield { items: found, nextPageToken: pageToken };
  } while (pageToken !== "" && left > 0);
}

/** One document, written as the pages come: an item a line. */
async function showJson<Item>(name: string, pages: AsyncIterable<Page<Item>>): Promise<void> {
  let before = `{"${name}":[\n`;
  let token = "";
  for await (const { items, nextPageToken } of pages) {
    token = nextPageToken;
    if (items.length === 0) continue;
    await print(before + items.map((item) => JSON.stringify(item)).join(",\n"));
    before = ",\n";
  }
  const begin = before.startsWith("{") ? `{"${name}":[` : "";
  await print(`${begin}\n]${token === "" ? "" : `,"nextPageToken":${JSON.stringify(token)}`}}\n`);
}

async function showTable<Item>(listing: Listing<Item>, pages: AsyncIterable<Page<Item>>): Promise<void> {
  const all: Item[] = [];
  let token = "";
  for await (const { items, nextPageToken } of pages) {
    all.push(...items);
    token = nextPageToken;
  }
  if (all.length === 0 && token === "") note(`no ${listing.items}`);
  else await printLines(tableLines(listing.table(all, new Date()), terminalWidth()));
  if (token !== "") note(`There are more: --all-pages, or --page-token ${token}`);
}
