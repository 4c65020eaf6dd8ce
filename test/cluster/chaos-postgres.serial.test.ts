import { chaosTests } from "./chaos-tests.js";

chaosTests("postgres", 15_000);
