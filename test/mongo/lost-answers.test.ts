import { after, describe } from "node:test";
import { WRITING_CALLS } from "../faults/writing-calls.js";
import { exactlyOnce } from "./exactly-once.js";
import { mongoServer } from "./server.js";

const server = await mongoServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

describe("the answer to any command is lost, and the call is carried out exactly once", { concurrency: 6 }, () => {
  for (const one of WRITING_CALLS) exactlyOnce(uri, skip, one);
});
