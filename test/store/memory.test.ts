import { openMemoryStore } from "../../src/store/memory/store.js";
import { conformance } from "./suite/cases.js";
import { storeSuite } from "./suite/harness.js";

const gone = "a memory store's data is gone with its one handle";

storeSuite(
  {
    name: "the memory store",
    lacks: {
      shared: gone,
      processes: gone,
      durable: gone,
      "two writes": "it writes a job and its run at once",
    },
    make: async () => ({
      open: async (clock) => openMemoryStore({ clock }),
      remove: async () => {},
    }),
  },
  conformance,
);
