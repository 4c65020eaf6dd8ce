import { STORES } from "./stores.js";
import { validateOnlyTests } from "./validate-only-tests.js";

for (const store of STORES) validateOnlyTests(store);
