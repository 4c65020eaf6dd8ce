import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { languages } from "./suite/languages.js";
import { play, type Transcript } from "./suite/player.js";
import { type Scenario, scenarios } from "./suite/scenario.js";

const { present, absent } = await languages();

/** Every language does what the scenario says, and all of them the same. */
async function same(scenario: Scenario): Promise<void> {
  const played = await Promise.allSettled(
    present.map(async (language) => ({ language, transcript: await play(scenario, language) })),
  );
  const faults = played.filter((one) => one.status === "rejected").map(({ reason }) => reason as Error);
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join("\n"), { cause: faults[0] });
  const [first, ...others] = played.filter((one) => one.status === "fulfilled").map(({ value }) => value);
  for (const { language, transcript } of others) {
    assert.deepEqual(
      transcript,
      first?.transcript satisfies Transcript | undefined,
      `${language.name} differs from ${first?.language.name}`,
    );
  }
}

for (const { name, skip } of absent) it(`${name} behaves as the others`, { skip }, () => {});

describe("behaviour", { concurrency: true }, () => {
  for (const [theme, list] of scenarios()) {
    describe(theme, { concurrency: true }, () => {
      for (const scenario of list) it(scenario.name, () => same(scenario));
    });
  }
});
