import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fillPage, LARGE, SMALL } from "../../src/service/page.js";
import type { Page } from "../../src/store/store.js";
import { input, startService } from "./harness.js";
import { STORES } from "./stores.js";

const MIB = 1_048_576;

/** A list of sizes as a store pages it: by opaque cursors, and never more than `most` in a page. */
function pager(sizes: readonly number[], most: number) {
  const asked: number[] = [];
  const fetch = async (after: string | undefined, count: number): Promise<Page<{ n: number; size: number }>> => {
    asked.push(count);
    const start = after === undefined ? 0 : Number(after.slice(1));
    const end = Math.min(sizes.length, start + Math.min(count, most));
    const items = sizes.slice(start, end).map((size, n) => ({ n: start + n, size }));
    return { items, ...(end < sizes.length && { next: `@${end}` }) };
  };
  return { fetch, asked };
}

test("pages of any list, whatever its items' sizes, hold each item once, in order, and at most 1 MiB or one item", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 2 * MIB })), { maxLength: 200 }),
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom(SMALL, LARGE),
      async (sizes, limit, most, chunks) => {
        const { fetch } = pager(sizes, most);
        const seen: number[] = [];
        let after: string | undefined;
        do {
          const page: Page<{ n: number; size: number }> = await fillPage(
            fetch,
            (item) => item.size,
            {
              limit,
              ...(after !== undefined && { after }),
            },
            chunks,
          );
          const bytes = page.items.reduce((sum, item) => sum + item.size, 0);
          assert.ok(page.items.length <= limit);
          assert.ok(bytes <= MIB || page.items.length === 1, `${bytes} bytes in ${page.items.length} items`);
          assert.ok(
            page.items.length > 0 || page.next === undefined,
            "a page that is followed by another holds something",
          );
          seen.push(...page.items.map((item) => item.n));
          after = page.next;
        } while (after !== undefined);
        assert.deepEqual(
          seen,
          sizes.map((_, n) => n),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("a page of large items never holds many more than fit, also where small ones come first", async () => {
  const sizes = [...new Array(8).fill(10), ...new Array(5_000).fill(MIB)];
  const { fetch, asked } = pager(sizes, 10_000);
  const page = await fillPage(fetch, (item) => item.size, { limit: 1_000 }, LARGE);
  assert.equal(page.items.length, 8);
  assert.ok(Math.max(...asked) <= 64, `asked for ${asked}`);
});

test("a page ends where the store ends its own, even an empty one", async () => {
  const fetch = async (after: string | undefined): Promise<Page<number>> =>
    after === undefined ? { items: [], next: "later" } : { items: [1] };
  assert.deepEqual(await fillPage(fetch, () => 1, { limit: 10 }, SMALL), { items: [], next: "later" });
  assert.deepEqual(await fillPage(fetch, () => 1, { limit: 10, after: "later" }, SMALL), { items: [1] });
});

test("a list of jobs with payloads of 300,000 bytes comes in pages of three, and without payloads in one", async () => {
  const { service } = await startService();
  const payload = new Uint8Array(300_000);
  await service.scheduleJobs(Array.from({ length: 10 }, (_, n) => input(`job-${n}`, { payload })));
  const sizes: number[] = [];
  let after: string | undefined;
  do {
    const page = await service.listJobs({ filter: {}, limit: 1_000, full: true, ...(after && { after }) });
    sizes.push(page.items.length);
    after = page.next;
  } while (after !== undefined);
  assert.deepEqual(sizes, [3, 3, 3, 1]);
  const basic = await service.listJobs({ filter: {}, limit: 1_000, full: false });
  assert.deepEqual([basic.items.length, basic.next], [10, undefined]);
  assert.equal(basic.items[0]?.job.payload.length, 0);
});

for (const { name, open } of STORES) {
  test(`any list of kinds holds each once, and all that stay, while others are registered and deleted (${name})`, async () => {
    const kind = (n: number) => ({
      name: `k${String(n).padStart(2, "0")}`,
      description: "",
      policy: {},
      maxRunning: 0,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 49 })), { minLength: 1, maxLength: 30 }),
        async (limit, steps) => {
          const { service, store } = await startService(open);
          const register = (n: number) => service.registerKind({ kind: kind(n), replace: false, etag: "" });
          const lasting = new Set<string>();
          for (let n = 0; n < 50; n += 2) lasting.add((await register(n)).kind.name);
          const seen: string[] = [];
          let after: string | undefined;
          for (let page = 0; ; page++) {
            const { items, next } = await service.listKinds({ limit, ...(after !== undefined && { after }) });
            seen.push(...items.map((one) => one.name));
            if (next === undefined) break;
            after = next;
            const [comes, n] = steps[page % steps.length] ?? [true, 0];
            if (comes) await register(n);
            else if (lasting.delete(kind(n).name) || (await store.getKind(kind(n).name)))
              await service.deleteKind(kind(n).name);
          }
          await store.close();
          assert.deepEqual(seen, [...new Set(seen)].sort());
          assert.deepEqual(
            [...lasting].filter((one) => !seen.includes(one)),
            [],
          );
        },
      ),
      { numRuns: name === "memory" ? 50 : 10 },
    );
  });
}
