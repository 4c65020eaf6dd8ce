import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb", 15_000);
