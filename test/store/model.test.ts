import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import fc from "fast-check";
import { openMemoryStore } from "../../src/store/memory/store.js";
import { openStore } from "../../src/store/open.js";
import { TestClock } from "./suite/clock.js";
import { Model, type Real } from "./suite/model.js";
import { begin, commands } from "./suite/model-commands.js";

/** Any sequence of calls leaves in the store exactly what the model has, each answer as the port promises it. */
async function holds(make: (clock: TestClock) => Promise<Real>, end: (real: Real) => Promise<void>, numRuns: number) {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const model = new Model();
      const real = await make(new TestClock());
      try {
        await begin(model, real);
        await fc.asyncModelRun(() => ({ model, real }), sequence);
      } finally {
        await end(real);
      }
    }),
    { numRuns },
  );
}

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
