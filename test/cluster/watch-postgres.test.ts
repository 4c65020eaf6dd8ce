import { watchTests } from "./watch-tests.js";

watchTests("postgres");
