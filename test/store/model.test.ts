import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { openMemoryStore } from "../../src/store/memory/store.js";
import { openStore } from "../../src/store/open.js";
import type { TestClock } from "./suite/clock.js";
import type { Real } from "./suite/model.js";
import { holds } from "./suite/model-runs.js";

it("the memory store does what the model does", async () => {
  await holds(
    async (clock) => ({ store: openMemoryStore({ clock: () => clock.now() }), clock, restart: undefined }),
    async ({ store }) => await store.close(),
    400,
  );
});

it("the SQLite store does what the model does, also over restarts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-model-"));
  let files = 0;
  const make = async (clock: TestClock): Promise<Real> => {
    const url = `sqlite:${join(folder, `${files++}.db`)}`;
    const reopen = async () => await openStore(url, { clock: () => clock.now() });
    const real: Real = {
      store: await reopen(),
      clock,
      restart: async () => {
        await real.store.close();
        return await reopen();
      },
    };
    return real;
  };
  try {
    await holds(make, async ({ store }) => await store.close(), 25);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
