import { readSettings } from "../../src/config.js";
import { silentLog } from "../../src/core/log.js";
import { startServer } from "../../src/server.js";
import { say } from "../process.js";
import { measureLoopDelay } from "./loop-delay.js";

/** A server as `tickwire serve` starts it, on a free port. */
const [store] = process.argv.slice(2);
const server = await startServer(readSettings({ store, grpc: "127.0.0.1:0", http: "off" }), silentLog);
measureLoopDelay();
say({ address: server.grpcAddress });
