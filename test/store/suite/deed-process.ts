import { openStore } from "../../../src/store/open.js";
import type { Store } from "../../../src/store/store.js";
import { DEEDS, type Deed } from "./deeds.js";

/** A process with a store of its own, that does what it is asked until its parent lets it go. */
const store = await openStore(process.argv[2] ?? "");
process.on("message", ({ id, deed, given }: { id: number; deed: Deed; given: unknown[] }) => {
  const run = DEEDS[deed] as (of: Store, ...given: unknown[]) => Promise<unknown>;
  run(store, ...given).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.on("disconnect", () => void store.close());
process.send?.({ id: 0 });
