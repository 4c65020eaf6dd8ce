import { deleteJob } from "../../src/core/edits.js";
import { openMongoStore } from "../../src/store/mongo/store.js";
import { at } from "../store/suite/clock.js";
import { editing } from "../store/suite/jobs.js";
import { claim, ending, open } from "../store/suite/tasks.js";

/** Does one step after the other as it is told, in a process that is to be killed in the middle of one; tells when it has done each. */
const [url = ""] = process.argv.slice(2);
const store = await openMongoStore(url, { clock: () => at(0) });
const lease = await open(store, "killed");
let tasks: Awaited<ReturnType<typeof claim>> = [];

const STEPS = {
  claim: async (room: number) => {
    tasks = await claim(store, { lease, now: at(0), room });
  },
  release: async () => {
    await store.release(tasks.map((out) => ending(out)));
  },
  delete: async () => {
    for (const { slug } of tasks) await store.edit([slug], (one) => deleteJob(one, "", editing(at(0))));
  },
};

export interface Step {
  readonly step: keyof typeof STEPS;
  readonly room: number;
}

process.on("message", ({ step, room }: Step) => {
  STEPS[step](room)
    .then(() => process.send?.({ done: step }))
    .catch((error: unknown) => process.send?.({ error: String(error) }));
});
process.send?.({ lease });
