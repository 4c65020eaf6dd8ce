import { chaosTests } from "./chaos-tests.js";

chaosTests("sqlite", 20_000);
