import { after, describe } from "node:test";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { backfillTests } from "../service/backfill-tests.js";
import { deleteKindTests } from "../service/delete-kind-tests.js";
import type { OpenStore } from "../service/harness.js";
import { pauseTests } from "../service/pause-tests.js";
import { upsertTests } from "../service/upsert-tests.js";
import { validateOnlyTests } from "../service/validate-only-tests.js";
import { mongoData } from "./data.js";
import { mongoServer } from "./server.js";

// The calls that edit, on MongoDB as on the other stores.

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
if (!("skip" in server)) after(async () => await server.stop());

/** In a database of its own, which goes when the store is closed. */
const open: OpenStore = async (clock) => {
  const data = mongoData("uri" in server ? server.uri : "");
  const store = await openMongoStore(data.url, { clock });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await data.remove();
  };
  return store;
};

describe("edits on MongoDB", { skip, concurrency: 4 }, () => {
  for (const tests of [pauseTests, upsertTests, validateOnlyTests, backfillTests, deleteKindTests]) {
    tests({ name: "mongodb", open });
  }
});
