import { chaosTests } from "./chaos-tests.js";

chaosTests("sqlite", 30_000);
