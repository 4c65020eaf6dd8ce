import { after } from "node:test";
import { postgresData } from "../postgres/data.js";
import { postgresServer } from "../postgres/server.js";
import { conformance } from "./suite/cases.js";
import { storeSuite } from "./suite/harness.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : undefined;
if (!("skip" in server)) after(async () => await server.stop());

storeSuite(
  {
    name: "the PostgreSQL store",
    lacks: { "two writes": "it writes a job and its run in one statement" },
    ...(skip !== undefined && { skip }),
    make: async () => postgresData("uri" in server ? server.uri : ""),
  },
  conformance,
);
