import { outageTests } from "./outage-tests.js";

outageTests("mongodb", { keepsLeases: true });
