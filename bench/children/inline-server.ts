import { readSettings } from "../../src/config.js";
import { silentLog as log } from "../../src/core/log.js";
import { DEFAULT_POLICY } from "../../src/core/policy.js";
import { systemClock as clock } from "../../src/dispatch/clock.js";
import { createDispatch } from "../../src/dispatch/dispatch.js";
import { createGrpcServer } from "../../src/rpc/server.js";
import { createService } from "../../src/service/service.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { version } from "../../src/version.js";
import { say } from "../process.js";
import { measureLoopDelay } from "./loop-delay.js";

/** A server's parts on a SQLite file that is read and written on the server's own thread, as `thread: false` has it. */
const [path = ""] = process.argv.slice(2);
const settings = { ...readSettings({ store: `sqlite:${path}` }), defaultPolicy: DEFAULT_POLICY };
const store = await openSqliteStore(path, { thread: false });
const { serverId } = settings;
const dispatch = createDispatch({ store, clock, log, settings, serverId, version, random: Math.random });
await dispatch.start();
const service = createService({ store, dispatch, log, version, clock });
const port = await createGrpcServer({ service, dispatch, log }).listen("127.0.0.1", 0);
measureLoopDelay();
say({ address: `127.0.0.1:${port}` });
