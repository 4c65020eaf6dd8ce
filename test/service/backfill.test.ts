import { backfillTests } from "./backfill-tests.js";
import { STORES } from "./stores.js";

for (const store of STORES) backfillTests(store);
