import { after, it } from "node:test";
import type { TestClock } from "../store/suite/clock.js";
import type { Real } from "../store/suite/model.js";
import { holds } from "../store/suite/model-runs.js";
import { postgresData } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

it("the PostgreSQL store does what the model does, also over restarts", { skip, timeout: 120_000 }, async () => {
  const removals = new Map<Real, () => Promise<void>>();
  const make = async (clock: TestClock): Promise<Real> => {
    const data = postgresData("uri" in server ? server.uri : "");
    const reopen = async () => await data.open(() => clock.now());
    const real: Real = {
      store: await reopen(),
      clock,
      restart: async () => {
        await real.store.close();
        return await reopen();
      },
    };
    removals.set(real, data.remove);
    return real;
  };
  const end = async (real: Real): Promise<void> => {
    await real.store.close();
    await removals.get(real)?.();
  };
  await holds(make, end, 40);
});
