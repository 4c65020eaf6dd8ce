import { otherServerTests } from "./other-server-tests.js";

otherServerTests("postgres");
