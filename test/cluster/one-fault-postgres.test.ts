import { oneFaultTests } from "./one-fault-tests.js";

oneFaultTests("postgres");
