import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb", 45_000);
