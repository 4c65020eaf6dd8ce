import fc from "fast-check";
import { TestClock } from "./clock.js";
import { Model, type Real } from "./model.js";
import { begin, commands } from "./model-commands.js";

/**
 * Any sequence of calls leaves in the store exactly what the model has, each answer as the port promises it. `completes`: the store settles by itself
 * what a caller has changed meanwhile.
 */
export async function holds(
  make: (clock: TestClock) => Promise<Real>,
  end: (real: Real) => Promise<void>,
  numRuns: number,
  completes = false,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const model = new Model(completes);
      const real = await make(new TestClock());
      try {
        await begin(model, real);
        await fc.asyncModelRun(() => ({ model, real }), sequence);
      } finally {
        await end(real);
      }
    }),
    { numRuns },
  );
}
