import { pauseTests } from "./pause-tests.js";
import { STORES } from "./stores.js";

for (const store of STORES) pauseTests(store);
