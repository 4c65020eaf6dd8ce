import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import { openStore } from "../../src/store/open.js";

describe("a store's URL", () => {
  it("memory: opens the memory store, with the clock that it is given", async () => {
    const store = await openStore("memory:", { clock: () => new Date(5) });
    assert.equal(store.engine, "memory");
    assert.deepEqual(await store.now(), new Date(5));
    await store.close();
  });

  it("sqlite:PATH opens a file, and makes it where there is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tickwire-open-"));
    try {
      for (const _ of ["made", "opened"]) {
        const store = await openStore(`sqlite:${join(folder, "a:b.db")}`, { clock: () => new Date(5) });
        assert.equal(store.engine, "sqlite");
        assert.deepEqual(await store.now(), new Date(5));
        await store.close();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /no scheme/],
    [
      "tickwire.db",
      /no scheme; use memory:, sqlite:PATH, mongodb:\/\/HOST\/DATABASE or postgres:\/\/HOST\/DATABASE \(got "tickwire\.db"\)/,
    ],
    ["memory:x", /takes nothing behind the colon/],
    ["sqlite:", /needs the path of a file/],
    ["mongodb://h/db?noSuchOption=1", /not one that MongoDB's driver takes/],
    ["mongodb+srv://u:a@b@h/db", /must be written as %40/],
    ["POSTGRES://h/db?schema=A", /schema must be .*; got "A"/],
    ["postgresql://h/db?schema=pg_x", /schema must be/],
    ["postgres://u:a@b@h/db", /must be written as %40/],
    ["postgres://h:port/db", /can't be read/],
    ["mysql://h/db", /unknown scheme; use memory:, sqlite:PATH, mongodb:/],
    ["file:./tickwire.db", /unknown scheme/],
  ];
  for (const [url, why] of refusals) {
    it(`refuses "${url}", and says why`, async () => {
      await assert.rejects(openStore(url), (error) => {
        assert.ok(error instanceof TickwireError && error.reason === "BAD_FIELD");
        assert.match(error.message, why);
        assert.equal(error.violations[0]?.field, "store");
        return true;
      });
    });
  }

  it("never shows a password", async () => {
    for (const url of ["postgres://me:p@s3cret@h/db", "mongodb://me:p@s3cret/@h/db", "x://s3cret@h"]) {
      await assert.rejects(openStore(url), (error: Error) => !error.message.includes("s3cret"));
    }
  });
});
