import { it } from "node:test";
import { killServer } from "./real/exactly-once.js";
import { languages } from "./suite/languages.js";

const { present, absent } = await languages();

it(
  "kill -9 of the server under workers in several languages: 3,000 jobs, none lost, none doubled, and each had its share",
  {
    timeout: 90_000,
    ...(absent.length > 0 && { skip: absent.map(({ name, skip }) => `${name}: ${skip}`).join("; ") }),
  },
  (t) => killServer(present, 3_000, t),
);
