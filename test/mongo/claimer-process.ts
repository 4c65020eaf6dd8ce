import { openMongoStore } from "../../src/store/mongo/store.js";
import { at } from "../store/suite/clock.js";
import { claim, open } from "../store/suite/tasks.js";

/** Opens a lease, tells it, and claims so many jobs once it is told to; tells which, if it lives to know. */
const [url = "", room = ""] = process.argv.slice(2);
const store = await openMongoStore(url, { clock: () => at(0) });
const lease = await open(store, "claimer");
process.once("message", () => {
  claim(store, { lease, now: at(0), room: Number(room) })
    .then((taken) => process.send?.({ taken: taken.length }))
    .catch((error: unknown) => process.send?.({ error: String(error) }));
});
process.send?.({ lease });
