import { after } from "node:test";
import { mongoData } from "../mongo/data.js";
import { mongoServer } from "../mongo/server.js";
import { conformance } from "./suite/cases.js";
import { storeSuite } from "./suite/harness.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : undefined;
if (!("skip" in server)) after(async () => await server.stop());

storeSuite(
  {
    name: "the MongoDB store",
    lacks: { "one write": "a run is inserted before its job is written, so it settles again by itself" },
    // A sorted find of the stand-in costs as much as there are jobs that are due.
    crowd: "kind" in server && server.kind !== "stand-in" ? 10_000 : 1_000,
    ...(skip !== undefined && { skip }),
    make: async () => mongoData("uri" in server ? server.uri : ""),
  },
  conformance,
);
