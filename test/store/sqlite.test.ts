import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../src/store/open.js";
import { conformance } from "./suite/cases.js";
import { storeSuite } from "./suite/harness.js";

storeSuite(
  {
    name: "the SQLite store",
    lacks: { "two writes": "it writes a job and its run in one transaction" },
    make: async () => {
      const folder = await mkdtemp(join(tmpdir(), "tickwire-suite-"));
      const url = `sqlite:${join(folder, "store.db")}`;
      return {
        url,
        open: async (clock) => await openStore(url, { clock }),
        remove: async () => await rm(folder, { recursive: true, force: true }),
      };
    },
  },
  conformance,
);
