import { chaosTests } from "./chaos-tests.js";

chaosTests("mongodb");
