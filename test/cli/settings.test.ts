import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readSettings, SETTINGS, type Setting, SettingsError, variableOf } from "../../src/config.js";
import { showSpan } from "../../src/setting-types.js";

function problemsOf(flags: Record<string, string>, env: Record<string, string> = {}): readonly string[] {
  try {
    readSettings(flags, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("the defaults are what the documents promise", () => {
  const { serverId, ...settings } = readSettings();
  assert.deepEqual(settings, {
    store: "sqlite:./tickwire.db",
    grpc: { host: "127.0.0.1", port: 7_070 },
    http: { host: "127.0.0.1", port: 7_071 },
    mongodbAllowStandalone: false,
    noMigrate: false,
    allowPublicBind: false,
    logLevel: "info",
    logFormat: "auto",
    graceMs: 10_000,
    pingMs: 3_000,
    helloMs: 10_000,
    cancelMs: 5_000,
    leaseTtlMs: 30_000,
    pollMs: 1_000,
  });
  assert.notEqual(serverId, readSettings().serverId);
});

test("a flag goes before its variable, a variable before the default, and an empty variable is none", () => {
  const env = { TICKWIRE_GRPC: "[::1]:1", TICKWIRE_LOG_LEVEL: "warn", TICKWIRE_STORE: "" };
  const settings = readSettings({ grpc: "localhost:0", http: "off" }, env);
  assert.deepEqual(settings.grpc, { host: "localhost", port: 0 });
  assert.equal(settings.http, undefined);
  assert.equal(settings.logLevel, "warn");
  assert.equal(settings.store, "sqlite:./tickwire.db");
});

test("everything that is wrong is told at once, each by the name it was given with, and with what was got", () => {
  const problems = problemsOf({ grpc: "nowhere", ping: "3" }, { TICKWIRE_LOG_LEVEL: "loud" });
  assert.equal(problems.length, 3);
  assert.match(problems.find((one) => one.startsWith("--grpc: ")) ?? "", /must be HOST:PORT.*got "nowhere"/);
  assert.match(problems.find((one) => one.startsWith("--ping: ")) ?? "", /such as 500ms.*got "3"/);
  assert.match(problems.find((one) => one.startsWith("TICKWIRE_LOG_LEVEL: ")) ?? "", /one of debug, .*got "loud"/);
});

for (const wrong of [
  "",
  ":7070",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:65536",
  "127.0.0.1:-1",
  "::1:7070",
  "[x]:1",
  "a b:1",
]) {
  test(`the address ${JSON.stringify(wrong)} is refused`, () => {
    assert.equal(problemsOf({ grpc: wrong }).length, 1);
  });
}

for (const wrong of ["", "3", "3 s", "-3s", "3d", "1e3s", "0s", "NaNs"]) {
  test(`the span ${JSON.stringify(wrong)} is refused`, () => {
    assert.equal(problemsOf({ poll: wrong }).length, 1);
  });
}

test("spans are written with any of their units", () => {
  const settings = readSettings({ poll: "250ms", grace: "2m", "lease-ttl": "0.5m", ping: "1.5s" });
  assert.deepEqual(
    [settings.pollMs, settings.graceMs, settings.leaseTtlMs, settings.pingMs],
    [250, 120_000, 30_000, 1_500],
  );
  assert.deepEqual([250, 1_500, 3_000, 120_000, 7_200_000].map(showSpan), ["250ms", "1500ms", "3s", "2m", "2h"]);
});

test("a flag's variable takes true and false, 1 and 0, and nothing else", () => {
  const read = (value: string) => readSettings({}, { TICKWIRE_MONGODB_ALLOW_STANDALONE: value }).mongodbAllowStandalone;
  assert.deepEqual(["true", "1", "TRUE", "false", "0", ""].map(read), [true, true, true, false, false, false]);
  assert.equal(readSettings({ "mongodb-allow-standalone": "true" }).mongodbAllowStandalone, true);
  assert.match(
    problemsOf({}, { TICKWIRE_MONGODB_ALLOW_STANDALONE: "yes" }).join(),
    /must be true or false; got "yes"$/,
  );
});

test("a store is a URL", () => {
  const right = [
    "memory:",
    "sqlite:./a.db",
    "mongodb://a:1,b:2/db?replicaSet=rs0",
    "mongodb+srv://u:p@host/db",
    "postgres://u:p@host/db",
  ];
  assert.deepEqual(
    right.map((store) => readSettings({ store }).store),
    right,
  );
  for (const store of ["", "./a.db", "//host/db"]) {
    assert.match(problemsOf({ store }).join(), /^--store: must be a store's URL, .*mongodb:\/\/HOST/, store);
  }
});

test("the grace is at least two pings and two of the longest reconnect waits", () => {
  assert.deepEqual(problemsOf({ grace: "6s", ping: "1s" }), []);
  const [problem, ...others] = problemsOf({ grace: "5999ms" }, { TICKWIRE_PING: "1s" });
  assert.match(problem ?? "", /^--grace: must be at least 6s, .*got 5999ms$/);
  assert.deepEqual(others, []);
});

describe("an address that others can reach", () => {
  const open = ["0.0.0.0:1", "[::]:1", "192.168.1.1:1", "example.com:1", "128.0.0.1:1"];
  for (const address of open) {
    test(`${address} is refused, unless a setting says so by name`, () => {
      assert.match(
        problemsOf({ grpc: address }).join(),
        /^--grpc: .*--allow-public-bind \(TICKWIRE_ALLOW_PUBLIC_BIND=true\)/,
      );
      assert.match(problemsOf({}, { TICKWIRE_HTTP: address }).join(), /^TICKWIRE_HTTP: /);
      assert.deepEqual(problemsOf({ grpc: address, http: address, "allow-public-bind": "true" }), []);
      assert.deepEqual(problemsOf({ grpc: address }, { TICKWIRE_ALLOW_PUBLIC_BIND: "1" }), []);
      assert.equal(problemsOf({ grpc: address }, { TICKWIRE_ALLOW_PUBLIC_BIND: "false" }).length, 1);
    });
  }
  for (const address of ["127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1"]) {
    test(`${address} is not one`, () => {
      assert.deepEqual(problemsOf({ grpc: address, http: address }), []);
    });
  }
});

test("docs/settings.md lists every setting as it is", () => {
  const text = readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8");
  const written = text.split("\n").filter((line) => line.startsWith("| `--"));
  const wanted = Object.values<Setting<unknown>>(SETTINGS).map((one) => {
    const value = one.type.value === undefined ? "flag" : `\`${one.type.value.replaceAll("|", "\\|")}\``;
    return `| \`--${one.name}\` | \`${variableOf(one)}\` | ${value} | \`${one.default}\` | ${one.help} |`;
  });
  assert.deepEqual(written, wanted);
});
