import { watchTests } from "./watch-tests.js";

watchTests("sqlite");
