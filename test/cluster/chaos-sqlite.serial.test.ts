import { chaosTests } from "./chaos-tests.js";

chaosTests("sqlite", 15_000);
