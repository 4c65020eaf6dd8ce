import { chaosTests } from "./chaos-tests.js";

chaosTests("sqlite");
chaosTests("mongodb");
chaosTests("postgres");
