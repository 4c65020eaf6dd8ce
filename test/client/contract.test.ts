import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { createFileRegistry, type DescField, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Client, version } from "@tickwire/client";
import { descriptorSetBase64, enums, isRepeatable, type MethodName, updatePaths } from "@tickwire/client/internal";

// What this library wrote by hand beside the contract, held against the contract.

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64")));

test("every enum's names are the contract's, number by number", () => {
  const tables: Record<string, enums.EnumTable<string>> = {
    JobState: enums.jobStates,
    DeadReason: enums.deadReasons,
    WaitReason: enums.waitReasons,
    Priority: enums.priorities,
    CronDialect: enums.cronDialects,
    IntervalBasis: enums.intervalBases,
    ExhaustedAction: enums.exhaustedActions,
    MisfirePolicy: enums.misfirePolicies,
    RunState: enums.runStates,
    RunCause: enums.runCauses,
    ConflictPolicy: enums.conflictPolicies,
    ScheduleOutcome: enums.scheduleOutcomes,
    View: enums.views,
  };
  for (const [name, table] of Object.entries(tables)) {
    const values = registry.getEnum(`tickwire.v1.${name}`)?.values.slice(1) ?? [];
    assert.deepEqual(
      values.map(({ number, localName }) => [number, localName.toLowerCase()]),
      table.names.map((one, index) => [index + 1, one]),
      name,
    );
    assert.equal(table.name(0), undefined);
    assert.equal(table.name(99), "unknown");
  }
});

test("every path that an update can name leads to a field", () => {
  for (const path of Object.values(updatePaths)) {
    let message = registry.getMessage("tickwire.v1.Job");
    for (const part of path.split(".")) {
      const field: DescField | undefined = message?.fields.find(({ name }) => name === part);
      assert.ok(field, path);
      message = field.message;
    }
  }
});

test("every call of the contract is there, and its repeats are decided", () => {
  const methods = registry.getService("tickwire.v1.Scheduler")?.methods ?? [];
  assert.ok(methods.length > 20);
  for (const { localName } of methods) {
    if (localName === "work") continue;
    assert.ok(localName in Client.prototype, localName);
    assert.equal(typeof isRepeatable(localName as MethodName, {}), "boolean", localName);
  }
});

test("the version is the package's", () => {
  const manifest = createRequire(import.meta.url)
    .resolve("@tickwire/client")
    .replace(/dist.index\.js$/, "package.json");
  assert.equal(JSON.parse(readFileSync(manifest, "utf8")).version, version);
});
