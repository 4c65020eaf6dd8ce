import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openInline } from "../../src/store/sqlite/executor.js";
import { openSqliteStore } from "../../src/store/sqlite/store.js";
import { openThread } from "../../src/store/sqlite/thread-executor.js";
import { created } from "./engine-file.js";
import { item, onceJob, temporaryFolder } from "./fixtures.js";

const DUE = new Date("2026-01-01T00:00:00Z");
const dying = new URL("./children/dying-thread.js", import.meta.url);

describe("SQLite's thread", () => {
  it("that ends unasked: what it owed is down, and another one goes on with the file", async (t) => {
    const executor = await openThread(join(temporaryFolder(t), "store.db"), 5_000, () => {}, dying);
    t.after(() => executor.close());
    const create = { name: "create", args: [created(onceJob("kept", DUE))] } as const;
    assert.deepEqual(await executor.write([create]), { answers: [[]], faults: [] });
    const read = { name: "nextRun", args: [["mail"]] } as const;
    const owed = await Promise.all([executor.read(read), executor.read(read)]);
    for (const reply of owed) {
      assert.equal("failure" in reply && reply.failure, "down");
      assert.match("failure" in reply ? reply.message : "", /store\.db can't be used: its thread ended/);
    }
    assert.deepEqual(await Promise.all([executor.read(read), executor.read(read)]), [
      { answer: DUE.getTime() },
      { answer: DUE.getTime() },
    ]);
  });

  it("does not keep the process alive, but for what it owes", (t) => {
    const program = fileURLToPath(new URL("./children/asker.js", import.meta.url));
    const file = join(temporaryFolder(t), "store.db");
    const { stdout, status } = spawnSync(process.execPath, [program, file], { encoding: "utf8", timeout: 30_000 });
    assert.equal(stdout, "1\n");
    assert.equal(status, 0);
  });

  it("is not needed: on the caller's thread the same calls answer the same", async (t) => {
    const folder = temporaryFolder(t);
    const answers = await Promise.all(
      [openThread, openInline].map(async (open, n) => {
        const executor = await open(join(folder, `${n}.db`), 5_000);
        const create = { name: "create", args: [created(onceJob("a", DUE, { fence: 1, uid: "u" }))] } as const;
        const replies = [
          await executor.write([create, { name: "create", args: [] }]),
          await executor.write([create]),
          await executor.read({ name: "get", args: ["a"] }),
          await executor.read({ name: "get", args: [{}] }),
        ];
        await executor.close();
        return replies;
      }),
    );
    const [threaded, inline] = JSON.parse(JSON.stringify(answers).replaceAll(/[0-9a-f]{8}-1/g, "etag"));
    assert.deepEqual(threaded, inline);
    const store = await openSqliteStore(join(folder, "inline.db"), { thread: false });
    assert.deepEqual(await store.create([item(onceJob("b", DUE))]), [{ status: "created" }]);
    await store.close();
  });
});
