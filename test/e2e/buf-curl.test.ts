import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { serve } from "../cli/processes.js";
import { runBuf } from "./buf.js";

const curl = (words: readonly string[]) => runBuf(["curl", "--protocol", "grpc", "--http2-prior-knowledge", ...words]);

/** Everything through the server's own reflection: no .proto file is named. */
describe("buf curl, by reflection alone", () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let url = "";
  before(async () => {
    server = await serve();
    url = `http://${server.address}`;
  });
  after(() => server[Symbol.asyncDispose]());

  const call = (method: string, body: object, ...words: string[]) =>
    curl(["--data", JSON.stringify(body), ...words, `${url}/tickwire.v1.Scheduler/${method}`]);

  test("lists services and methods", async () => {
    const [services, { stdout }] = await Promise.all([curl(["--list-services", url]), curl(["--list-methods", url])]);
    assert.deepEqual(services.stdout.trim().split("\n").sort(), [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "tickwire.v1.Scheduler",
    ]);
    for (const method of ["ScheduleJob", "GetJob", "WatchRuns", "Work", "GetServerInfo"]) {
      assert.match(stdout, new RegExp(`^tickwire\\.v1\\.Scheduler/${method}$`, "m"));
    }
  });

  for (const version of ["grpc-v1", "grpc-v1alpha"]) {
    test(`schedules a job and reads it back, with reflection ${version}`, async () => {
      const how = ["--reflect", "--reflect-protocol", version];
      const job = {
        slug: version,
        kind: "shell",
        trigger: { cron: { expression: "1/5 * * * * *" } },
        payload: Buffer.from("ls -la").toString("base64"),
        policy: { timeout: "30s" },
      };
      const scheduled = await call("ScheduleJob", { job }, ...how);
      assert.equal(scheduled.code, 0, scheduled.stderr);
      const read = await call("GetJob", { slug: version }, ...how);
      assert.equal(read.code, 0, read.stderr);
      const answer = JSON.parse(read.stdout) as {
        job: { slug: string; payload: string; policy: object };
      };
      assert.equal(answer.job.slug, version);
      assert.equal(answer.job.payload, job.payload);
      assert.deepEqual(answer.job.policy, { timeout: "30s" });
    });
  }

  test("shows what is wrong", async () => {
    const missing = await call("GetJob", { slug: "nobody" });
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /not_found/);
    const wrong = await call("ScheduleJob", { job: { slug: "a b", kind: "k", trigger: { once: {} } } });
    assert.match(wrong.stderr, /"code": "invalid_argument",\s+"message": "job\.slug: .*got \\"a b\\"/);
  });
});
