import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mergePages } from "../../src/store/mongo/merge-pages.js";
import type { Page } from "../../src/store/store.js";

interface Item {
  readonly slug: string;
}

/** A page of one source from `after` on: ends at its limit, or before, after so many that it looked at. */
function pageOf(source: readonly Item[], after: string, limit: number, looked: number): Page<Item> {
  const rest = source.filter(({ slug }) => slug > after);
  const items = rest.slice(0, Math.min(limit, looked));
  const last = items.at(-1);
  return last && items.length < rest.length ? { items, next: last.slug } : { items };
}

test("pages of several sources, however short, make a list that misses none and shows none twice", () => {
  const slug = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 });
  const sources = fc.array(fc.record({ slugs: fc.uniqueArray(slug), looked: fc.integer({ min: 1, max: 5 }) }), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(sources, fc.integer({ min: 1, max: 6 }), (all, limit) => {
      const sorted = all.map(({ slugs, looked }) => ({ items: slugs.sort().map((one) => ({ slug: one })), looked }));
      const seen: string[] = [];
      let after: string | undefined = "";
      while (after !== undefined) {
        const from: string = after;
        const page: Page<Item> = mergePages(
          sorted.map(({ items, looked }) => pageOf(items, from, limit, looked)),
          limit,
        );
        assert.ok(page.items.length <= limit);
        assert.ok(page.next === undefined || page.next > from, "it goes on");
        seen.push(...page.items.map((one) => one.slug));
        after = page.next;
      }
      assert.deepEqual(seen, [...new Set(all.flatMap(({ slugs }) => slugs))].sort());
    }),
  );
});
