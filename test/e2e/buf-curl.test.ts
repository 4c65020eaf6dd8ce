import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startServer } from "../cli/tickwire-process.js";

const BUF = fileURLToPath(new URL("../../../node_modules/@bufbuild/buf/bin/buf", import.meta.url));

async function curl(words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", ...words]);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, stdout, stderr };
}

/** Everything through the server's own reflection: no .proto file is named. */
describe("buf curl, by reflection alone", () => {
  const start = async (t: TestContext) => {
    const url = `http://${(await startServer(t)).grpc}`;
    return {
      url,
      call: (method: string, body: object, ...words: string[]) =>
        curl(["--data", JSON.stringify(body), ...words, `${url}/tickwire.v1.Scheduler/${method}`]),
    };
  };

  test("lists services and methods", async (t) => {
    const { url } = await start(t);
    const services = await curl(["--list-services", url]);
    assert.deepEqual(services.stdout.trim().split("\n").sort(), [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "tickwire.v1.Scheduler",
    ]);
    const { stdout } = await curl(["--list-methods", url]);
    for (const method of ["ScheduleJob", "GetJob", "WatchRuns", "Work", "GetServerInfo"]) {
      assert.match(stdout, new RegExp(`^tickwire\\.v1\\.Scheduler/${method}$`, "m"));
    }
  });

  for (const version of ["grpc-v1", "grpc-v1alpha"]) {
    test(`schedules a job and reads it back, with reflection ${version}`, async (t) => {
      const { call } = await start(t);
      const how = ["--reflect", "--reflect-protocol", version];
      const job = {
        slug: "list-all",
        kind: "shell",
        trigger: { cron: { expression: "1/5 * * * * *" } },
        payload: Buffer.from("ls -la").toString("base64"),
        policy: { timeout: "30s" },
      };
      const scheduled = await call("ScheduleJob", { job }, ...how);
      assert.equal(scheduled.code, 0, scheduled.stderr);
      const read = await call("GetJob", { slug: "list-all" }, ...how);
      assert.equal(read.code, 0, read.stderr);
      const answer = JSON.parse(read.stdout) as {
        job: { slug: string; payload: string; policy: object };
      };
      assert.equal(answer.job.slug, "list-all");
      assert.equal(answer.job.payload, job.payload);
      assert.deepEqual(answer.job.policy, { timeout: "30s" });
    });
  }

  test("shows what is wrong", async (t) => {
    const { call } = await start(t);
    const missing = await call("GetJob", { slug: "nobody" });
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /not_found/);
    const wrong = await call("ScheduleJob", { job: { slug: "a b", kind: "k", trigger: { once: {} } } });
    assert.match(wrong.stderr, /"code": "invalid_argument",\s+"message": "job\.slug: .*got \\"a b\\"/);
  });

  test("can call every method: none is unknown, and none breaks the server", async (t) => {
    const { url, call } = await start(t);
    const { stdout } = await curl(["--list-methods", url]);
    const methods = stdout.split("\n").flatMap((line) => /^tickwire\.v1\.Scheduler\/(\w+)$/.exec(line)?.[1] ?? []);
    assert.ok(methods.length >= 25);
    const once = methods.filter((method) => method !== "WatchRuns" && method !== "Work");
    const answers = await Promise.all(once.map(async (method) => ({ method, ...(await call(method, {})) })));
    for (const { method, code, stderr } of answers) {
      if (code !== 0)
        assert.match(stderr, /"code": "(invalid_argument|not_found|unimplemented)"/, `${method}: ${stderr}`);
    }
    // A worker's stream, from its first frame to its answer.
    const work = await call("Work", { hello: { instance: "", stream: 1 } });
    assert.match(work.stderr, /"code": "invalid_argument"[\s\S]*hello\.instance/);
  });
});
