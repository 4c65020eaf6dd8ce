import { recoveryTests } from "./recovery-tests.js";

recoveryTests("postgres");
