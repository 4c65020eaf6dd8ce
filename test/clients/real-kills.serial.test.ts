import { describe, it } from "node:test";
import { killServer, killWorker } from "./real/exactly-once.js";
import { languages } from "./suite/languages.js";

const { present, absent } = await languages();

for (const { name, skip } of absent) it(`${name} under a server or worker that is killed`, { skip }, () => {});

// Most of the time a fleet waits for a lease or a grace to end.
describe("kill -9, and each job's run succeeds once", { concurrency: 2 }, () => {
  for (const language of present) {
    it(`of the server under two workers in ${language.name}: none of its tasks began twice`, { timeout: 90_000 }, (t) =>
      killServer([language, language], 1_000, t),
    );
    it(`of one of two workers in ${language.name}: only what it held runs again`, { timeout: 90_000 }, (t) =>
      killWorker(language, 1_000, t),
    );
  }
});
