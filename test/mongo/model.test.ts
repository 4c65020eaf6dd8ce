import { after, it } from "node:test";
import type { TestClock } from "../store/suite/clock.js";
import type { Real } from "../store/suite/model.js";
import { holds } from "../store/suite/model-runs.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

it("the MongoDB store does what the model does, also over restarts", { skip, timeout: 120_000 }, async () => {
  const removals = new Map<Real, () => Promise<void>>();
  const make = async (clock: TestClock): Promise<Real> => {
    const data = mongoData("uri" in server ? server.uri : "");
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
  await holds(make, end, 15, true);
});
