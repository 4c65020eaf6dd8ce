import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SERVICES } from "../../src/rpc/server.js";
import { IMAGE, serverOf, stopMsOf, workerOf } from "./deployed.js";
import { lastOf, readStages } from "./dockerfile.js";
import {
  containerOf,
  documents,
  envOf,
  examples,
  found,
  type Labels,
  podOf,
  selectorOf,
  selects,
} from "./manifests.js";

const server = found("Deployment", "tickwire-server");
const worker = found("Deployment", "tickwire-worker");
const portOf = (name: string) => containerOf(server).ports?.find((one) => one.name === name)?.containerPort;

describe("deploy/kubernetes", () => {
  test("has what README.md applies, and no Secret that would be applied with it", () => {
    assert.deepEqual(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
      "Deployment tickwire-server",
      "Deployment tickwire-worker",
      "NetworkPolicy tickwire-server",
      "PodDisruptionBudget tickwire-server",
      "Service tickwire",
    ]);
    assert.deepEqual(examples.map(({ kind }) => kind).sort(), ["Namespace", "Secret"]);
    const [[key, url = ""] = [], ...others] = Object.entries(found("Secret", "tickwire-store").stringData ?? {});
    assert.deepEqual([key, others], ["url", []]);
    assert.match(url, /^mongodb:\/\/USER:PASSWORD@/);
  });

  test("starts servers with settings that hold, each named by its pod", () => {
    const settings = serverOf(containerOf(server).args, envOf(server));
    assert.equal(settings.serverId, "pod-7d9f");
    assert.match(settings.store, /^mongodb:.*[?&]replicaSet=/);
    assert.deepEqual([settings.grpc.port, settings.http?.port], [portOf("grpc"), portOf("http")]);
    assert.ok(server.spec.replicas >= 2);
  });

  test("probes the ports that are listened on: gRPC for work, and the process alone for a restart", () => {
    const { startupProbe, readinessProbe, livenessProbe } = containerOf(server);
    for (const probe of [startupProbe, readinessProbe]) {
      assert.equal(probe?.grpc?.port, portOf("grpc"));
      assert.ok(SERVICES.includes(probe?.grpc?.service ?? ""));
    }
    assert.deepEqual(livenessProbe?.httpGet, { path: "/healthz", port: "http" });
  });

  test("gives a server more time than its whole stop takes", () => {
    const { lifecycle } = containerOf(server);
    const [word, seconds] = lifecycle?.preStop.exec.command ?? assert.fail("no preStop");
    assert.equal(word, "sleep");
    const takesMs = 1_000 * Number(seconds) + stopMsOf(serverOf(["serve"], envOf(server)));
    const hasMs = 1_000 * podOf(server).terminationGracePeriodSeconds;
    assert.ok(hasMs > takesMs, `${hasMs} ms, and it takes ${takesMs} ms`);
  });

  test("takes a server away only when its successor is known", () => {
    assert.deepEqual(server.spec.strategy?.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
    // grpc-js asks DNS again after 30 s at the earliest.
    assert.ok(Number(server.spec.minReadySeconds) > 30);
    assert.equal(found("PodDisruptionBudget", "tickwire-server").spec.maxUnavailable, 1);
  });

  test("selects servers, and servers alone, in the Service, the budget, the policy and the spread", () => {
    const service = found("Service", "tickwire");
    const spread = podOf(server).topologySpreadConstraints?.[0];
    assert.equal(spread?.topologyKey, "kubernetes.io/hostname");
    for (const labels of [
      selectorOf(server),
      (service.spec as unknown as { selector: Labels }).selector,
      selectorOf(found("PodDisruptionBudget", "tickwire-server")),
      found("NetworkPolicy", "tickwire-server").spec.podSelector?.matchLabels,
      spread?.labelSelector.matchLabels,
    ]) {
      assert.deepEqual([selects(labels, server), selects(labels, worker)], [true, false]);
    }
    assert.deepEqual([selects(selectorOf(worker), worker), selects(selectorOf(worker), server)], [true, false]);
  });

  test("lets workers find all servers by one name, through the policy", () => {
    const { metadata, spec } = found("Service", "tickwire");
    assert.equal(spec.clusterIP, "None");
    const [port, ...others] = spec.ports ?? [];
    assert.deepEqual([portOf(port?.targetPort ?? ""), others], [portOf("grpc"), []]);
    // Without an address of its own a Service does not map ports.
    assert.equal(port?.port, portOf("grpc"));
    const { servers, kinds, graceMs } = workerOf(containerOf(worker).args, envOf(worker));
    assert.deepEqual([servers, kinds], [[`${metadata.name}:${port?.port}`], ["print"]]);
    assert.ok(1_000 * podOf(worker).terminationGracePeriodSeconds >= graceMs + 5_000);
    const [rule, ...more] = found("NetworkPolicy", "tickwire-server").spec.ingress ?? [];
    assert.deepEqual([rule?.ports, more], [[{ port: "grpc" }], []]);
    assert.deepEqual(
      rule?.from.map(({ podSelector }) => selects(podSelector.matchLabels, worker)),
      [true],
    );
  });

  for (const [name, deployment] of Object.entries({ server, worker })) {
    test(`runs the ${name} as the image's own user, who may change nothing`, () => {
      const stages = readStages();
      const user = lastOf(stages, stages.at(-1) ?? assert.fail(), "USER");
      const pod = podOf(deployment);
      const { securityContext, image, resources } = containerOf(deployment);
      assert.equal(image, IMAGE);
      assert.equal(`${pod.securityContext.runAsUser}:1000`, user);
      assert.deepEqual(pod.securityContext, {
        ...pod.securityContext,
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      assert.deepEqual(
        [Object.keys(resources.requests), Object.keys(resources.limits)],
        [["cpu", "memory"], ["memory"]],
      );
      // Variables that Kubernetes makes of Services would begin with TICKWIRE_.
      assert.equal(pod.enableServiceLinks, false);
    });
  }
});
