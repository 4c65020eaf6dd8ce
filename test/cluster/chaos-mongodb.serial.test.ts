import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb", 20_000);
