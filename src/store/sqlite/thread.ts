import { parentPort, workerData } from "node:worker_threads";
import { TickwireError } from "../../core/errors.js";
import type { Engine } from "./engine/engine.js";
import { openFile } from "./engine/open-file.js";
import type { ToFace, ToThread } from "./thread-messages.js";

/** The engine on a thread of its own: opens the file that `workerData` names, and answers what the face posts. */
const port = parentPort;
if (!port) throw new Error("this file is a worker thread's");

const { file, patienceMs } = workerData as { readonly file: string; readonly patienceMs: number };
const tell = (message: ToFace): void => port.postMessage(message);

try {
  serve(await openFile(file, patienceMs, (note) => tell({ type: "note", note })));
  tell({ type: "open" });
} catch (error) {
  const { message, facts } = error instanceof TickwireError ? error : { message: String(error), facts: {} };
  tell({ type: "refused", message, facts });
  port.close();
}

function serve(engine: Engine): void {
  port?.on("message", (message: ToThread) => {
    switch (message.type) {
      case "write":
        return tell({ type: "written", id: message.id, reply: engine.write(message.calls) });
      case "read":
        return tell({ type: "read", id: message.id, reply: engine.read(message.call) });
      case "close":
        engine.close();
        port?.close();
    }
  });
}
