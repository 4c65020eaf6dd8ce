import { chaosTests } from "./chaos-tests.js";

chaosTests("postgres", 20_000);
