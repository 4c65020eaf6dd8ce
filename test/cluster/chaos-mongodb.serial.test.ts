import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb", 60_000);
