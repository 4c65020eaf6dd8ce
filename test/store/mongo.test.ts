import { after, describe, it } from "node:test";
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

/** Cases that nothing here can play, by name. */
const LEFT_OUT = [
  [28, "throughput does not fall below half from 1 to 8 claimers", "the stand-in's speed says nothing about MongoDB's"],
  [49, "a step-down of the primary under load", "the stand-in is one server, and elects nobody"],
  [
    52,
    "the database answers with overload and timeouts",
    "the stand-in has no fail points; a proxy drops commands instead",
  ],
  [55, "the database is full, or takes no writes", "the stand-in has neither a size limit nor fail points"],
  [56, "each query's plan", "the stand-in's explain is no evidence"],
] as const;

describe("the MongoDB store, cases left out", () => {
  for (const [number, title, why] of LEFT_OUT) it(`${number} ${title}`, { skip: why }, () => {});
});
