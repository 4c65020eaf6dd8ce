import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SETTINGS } from "../../src/config.js";
import { ADDRESS } from "../../src/setting-types.js";
import { execWords, lastOf, readStages, stepsOf } from "./dockerfile.js";
import { isSent } from "./dockerignore.js";
import { root } from "./tree.js";

const stages = readStages();
const image = stages.at(-1) ?? assert.fail("no stage");
const of = (name: string) => lastOf(stages, image, name);
const steps = (name: string) => [...stepsOf(stages, stages.find((one) => one.name === name) ?? assert.fail(name))];
const runsOf = (name: string) => steps(name).flatMap(({ run }) => run ?? []);

describe("Dockerfile", () => {
  test("begins with one image, pinned, of the Node that is needed", () => {
    const names = stages.map(({ name }) => name);
    const [from, ...others] = stages.map((one) => one.from).filter((one) => !names.includes(one));
    assert.deepEqual(others, []);
    const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-[a-z]+-slim$/.exec(from ?? "") ?? [];
    const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
    const [leastMajor, leastMinor] = engines.node.replace(">=", "").split(".").map(Number);
    assert.equal(Number(major), leastMajor);
    assert.ok(Number(minor) >= Number(leastMinor));
  });

  test("copies what there is, and what .dockerignore lets in", () => {
    const sources = stages.flatMap((stage) =>
      [...stepsOf(stages, stage)].flatMap(({ copy }) => (copy && copy.from === undefined ? copy.sources : [])),
    );
    assert.ok(sources.length > 5);
    for (const source of sources) {
      assert.ok(existsSync(join(root, source)), source);
      assert.ok(isSent(source), source);
    }
  });

  test("can get no secret, and nothing that was built here", () => {
    const kept = [
      ".env",
      ".npmrc",
      ".git/config",
      "tickwire.db",
      "node_modules/x/a.js",
      "dist/src/main.js",
      "test/a.ts",
    ];
    for (const path of [...kept, "clients/ts/dist/index.js", "clients/ts/node_modules/x", "deploy/x"]) {
      assert.equal(isSent(path), false, path);
    }
    const secret = /pass(word|wd)|secret|token|_auth|api_?key|:\/\/[^/\s]*@/i;
    for (const { instructions } of stages) {
      for (const { name, text } of instructions) {
        assert.doesNotMatch(text, secret, name);
        assert.notEqual(name, "ARG");
      }
    }
  });

  test("installs from the lockfile, without install scripts; the image has no development dependencies", () => {
    const installs = stages.flatMap(({ name }) => runsOf(name)).filter((run) => /\bnpm (ci|i|install)\b/.test(run));
    assert.equal(installs.length, 2);
    for (const run of installs) assert.match(run, /^npm ci (.+ )?--ignore-scripts( |$)/);
    const modules = steps(image.name)
      .flatMap(({ copy }) => copy ?? [])
      .filter(({ sources }) => sources.includes("/app/node_modules"));
    assert.equal(modules.length, 1);
    assert.match(runsOf(modules[0]?.from ?? "").join(), /^npm ci --omit=dev /);
  });

  test("has in the image what runs, and no sources", () => {
    const copied = [image, ...stages.filter(({ name }) => name === image.from)].flatMap((stage) =>
      [...stepsOf(stages, stage)].flatMap(({ copy }) => copy?.sources ?? []),
    );
    assert.deepEqual(copied.sort(), [
      "/app/clients/ts/dist",
      "/app/dist/src",
      "/app/node_modules",
      "LICENSE",
      "clients/ts/package.json",
      "package-lock.json",
      "package.json",
    ]);
  });

  test("runs as a user that is not root, by number, whose own is /data", () => {
    const [, user] = /^(\d+):\d+$/.exec(of("USER") ?? "") ?? [];
    assert.ok(Number(user) > 0);
    assert.deepEqual([of("VOLUME"), of("WORKDIR")], ["/data", "/data"]);
    assert.match(runsOf(image.name).join(), new RegExp(`mkdir /data && chown ${of("USER")} /data$`));
    // Nothing is made as root behind it.
    assert.ok(
      !image.instructions
        .slice(image.instructions.findIndex(({ name }) => name === "USER"))
        .some(({ name }) => name === "RUN"),
    );
    assert.ok(SETTINGS.store.default.startsWith("sqlite:./"));
  });

  test("starts tickwire itself, which so gets the signals, and checks it", () => {
    assert.deepEqual(execWords(of("ENTRYPOINT")), ["tickwire"]);
    assert.deepEqual(execWords(of("CMD")), ["serve"]);
    assert.match(runsOf(image.name).join(), /^ln -s \/app\/dist\/src\/main\.js \/usr\/local\/bin\/tickwire /);
    assert.match(runsOf("build").join(), /chmod 0755 dist\/src\/main\.js/);
    assert.equal(of("STOPSIGNAL") ?? "SIGTERM", "SIGTERM");
    const [, timeout, check] = /--timeout=(\d+)s .*CMD (\[.+\])$/.exec(of("HEALTHCHECK") ?? "") ?? [];
    assert.deepEqual(execWords(check), ["tickwire", "health"]);
    assert.ok(Number(timeout) > 2);
    const ports = [SETTINGS.grpc.default, SETTINGS.http.default].map((text) => ADDRESS.parse(text).port);
    assert.equal(of("EXPOSE"), ports.join(" "));
  });
});

test("every package with native code has it for the image, on both kinds of machine", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean; os?: string[] }>;
  };
  const native = Object.entries(packages).filter(
    ([path, { dev, os }]) => !dev && os?.includes("linux") && /gnu$/.test(path),
  );
  assert.deepEqual(native.map(([path]) => path).sort(), [
    "node_modules/@libsql/linux-arm64-gnu",
    "node_modules/@libsql/linux-x64-gnu",
  ]);
});
