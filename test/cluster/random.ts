/** Numbers from [0, 1): the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** TICKWIRE_TEST_SEED, or one that is new each time: to be printed by whoever takes it. */
export function chosenSeed(): number {
  const { TICKWIRE_TEST_SEED: given } = process.env;
  return given === undefined ? Math.floor(Math.random() * 1_000_000_000) : Number(given);
}

export function between(random: () => number, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}
