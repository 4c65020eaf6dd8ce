import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb", 30_000);
