import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { type Env, IMAGE, serverOf, stopMsOf, workerOf } from "./deployed.js";
import { root } from "./tree.js";

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly environment?: Env;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test?: readonly string[]; readonly timeout?: string; readonly disable?: boolean };
  readonly stop_grace_period: string;
  readonly restart: string;
}

const file = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: object;
};
const services = Object.entries(file.services);
const servers = services.filter(([name]) => name.startsWith("server-"));

function service(name: string): Service {
  const found = file.services[name];
  assert.ok(found, name);
  return found;
}

const ms = (seconds: string): number => 1_000 * Number(/^(\d+)s$/.exec(seconds)?.[1]);

describe("docker-compose.yml", () => {
  test("has MongoDB, two servers and a worker, each of a pinned image and started again when it ends", () => {
    assert.deepEqual(Object.keys(file.services), ["mongo", "server-1", "server-2", "worker"]);
    for (const [name, { image, restart }] of services) {
      assert.match(image, name === "mongo" ? /^mongo:8\.\d+\.\d+$/ : new RegExp(`^${IMAGE}$`), name);
      assert.equal(restart, "unless-stopped", name);
    }
    // One build makes the image for all; the others must not ask a registry for it.
    assert.deepEqual(
      services.filter(([, { build }]) => build !== undefined).map(([name]) => name),
      ["server-1"],
    );
  });

  test("names only networks, volumes and services that there are, and waits for what is healthy", () => {
    for (const [name, { networks, volumes = [], depends_on: needs = {} }] of services) {
      for (const network of networks) assert.ok(network in file.networks, `${name}: ${network}`);
      for (const volume of volumes) assert.ok((volume.split(":")[0] ?? "") in file.volumes, `${name}: ${volume}`);
      for (const [other, { condition }] of Object.entries(needs)) {
        assert.match(condition, /^service_(healthy|started)$/);
        if (condition === "service_healthy") assert.ok(service(other).healthcheck.test, `${name}: ${other}`);
      }
    }
    for (const [, { depends_on: needs }] of servers)
      assert.deepEqual(needs, { mongo: { condition: "service_healthy" } });
  });

  for (const [name, one] of servers) {
    test(`starts ${name} with settings that hold`, () => {
      const settings = serverOf(one.command ?? ["serve"], one.environment ?? {});
      assert.equal(settings.serverId, name);
      const { hostname, port, pathname, searchParams } = new URL(settings.store);
      assert.ok(hostname in file.services);
      assert.deepEqual([port, pathname, searchParams.get("replicaSet")], ["27017", "/tickwire", "rs0"]);
      const stopMs = stopMsOf(settings);
      assert.ok(ms(one.stop_grace_period) > stopMs, `${one.stop_grace_period} is not above ${stopMs} ms`);
    });

    test(`publishes ${name} on loopback alone, each port once`, () => {
      const { grpc, http } = serverOf(["serve"], one.environment ?? {});
      const targets = (one.ports ?? []).map((text) => /^127\.0\.0\.1:\d+:(\d+)$/.exec(text)?.[1]);
      assert.deepEqual(targets, [String(grpc.port), String(http?.port)]);
    });

    test(`checks ${name} by tickwire health, which ends before its time limit`, () => {
      assert.deepEqual(one.healthcheck.test, ["CMD", "tickwire", "health"]);
      assert.ok(ms(one.healthcheck.timeout ?? "") > 2_000);
    });
  }

  test("publishes no port twice, and none of MongoDB or the worker", () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map((text) => text.split(":")[1]));
    assert.equal(new Set(published).size, published.length);
    assert.deepEqual([service("mongo").ports, service("worker").ports], [undefined, undefined]);
  });

  test("keeps MongoDB to the servers", () => {
    assert.deepEqual(service("mongo").networks, ["store"]);
    const { store } = file.networks;
    assert.equal(store?.internal, true);
    assert.deepEqual(service("worker").networks, ["tickwire"]);
  });

  test("makes MongoDB a replica set of one member, under the name that the servers use", () => {
    const { command = [], healthcheck } = service("mongo");
    assert.equal(command[command.indexOf("--replSet") + 1], "rs0");
    const script = healthcheck.test?.at(-1) ?? "";
    for (const reply of [94, undefined, 13]) {
      const calls: unknown[] = [];
      const failing = { code: reply };
      const run = () => evaluate(script, { fails: reply === undefined ? undefined : failing, calls, isPrimary: true });
      if (reply === 13) assert.throws(run, (error) => error === failing);
      else run();
      const wanted = reply === 94 ? [{ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] }] : [];
      assert.deepEqual(calls, wanted);
    }
    const calls: unknown[] = [];
    evaluate(script, { fails: undefined, calls, isPrimary: false });
    assert.deepEqual(calls, ["quit 1"]);
  });

  test("gives the worker both servers, and more time than its grace to stop", () => {
    const one = service("worker");
    const { servers: addresses, kinds, graceMs } = workerOf(one.command ?? [], one.environment ?? {});
    assert.deepEqual(addresses, ["server-1:7070", "server-2:7070"]);
    assert.deepEqual(kinds, ["print", "shell"]);
    assert.ok(ms(one.stop_grace_period) >= graceMs + 5_000);
    // The image's own would ask for a server in the worker's container.
    assert.deepEqual(one.healthcheck, { disable: true });
  });
});

/** MongoDB's shell, as far as the health check speaks to it. */
function evaluate(script: string, shell: { fails: unknown; calls: unknown[]; isPrimary: boolean }): void {
  const rs = {
    status: () => {
      if (shell.fails !== undefined) throw shell.fails;
    },
    initiate: (config: unknown) => shell.calls.push(config),
  };
  const db = { hello: () => ({ isWritablePrimary: shell.isPrimary }) };
  const quit = (code: number) => shell.calls.push(`quit ${code}`);
  new Function("rs", "db", "quit", script)(rs, db, quit);
}
