import type { Page } from "./requests.js";

/** Every item, page after page; the next page is asked for when it is needed. */
export async function* items<T>(page: (pageToken: string) => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
  let pageToken = "";
  do {
    const { items, nextPageToken } = await page(pageToken);
    yield* items;
    pageToken = nextPageToken;
  } while (pageToken !== "");
}
