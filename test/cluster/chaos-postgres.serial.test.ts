import { chaosTests } from "./chaos-tests.js";

chaosTests("postgres", 60_000);
