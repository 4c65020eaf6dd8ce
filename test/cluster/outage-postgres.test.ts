import { outageTests } from "./outage-tests.js";

outageTests("postgres", { keepsLeases: false });
