import { chaosTests } from "./chaos-tests.js";

chaosTests("postgres", 30_000);
