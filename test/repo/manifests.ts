import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Env } from "./deployed.js";
import { root } from "./tree.js";

// The manifests of deploy/kubernetes, as far as the tests look at them.

export type Labels = Readonly<Record<string, string>>;
type Selector = { readonly matchLabels: Labels };

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface Probe {
  readonly grpc?: { readonly port: number; readonly service: string };
  readonly httpGet?: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly [string, string] } } };
  readonly securityContext: object;
  readonly resources: { readonly requests: object; readonly limits: object };
}

export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas: number;
    readonly minReadySeconds?: number;
    readonly maxUnavailable?: number;
    readonly clusterIP?: string;
    readonly strategy?: { readonly rollingUpdate: object };
    readonly ports?: readonly { readonly port: number; readonly targetPort: string }[];
    readonly podSelector?: Selector;
    readonly ingress?: readonly {
      readonly from: readonly { readonly podSelector: Selector }[];
      readonly ports: readonly object[];
    }[];
    readonly template: {
      readonly metadata: { readonly labels: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly enableServiceLinks: boolean;
        readonly securityContext: { readonly runAsUser: number };
        readonly topologySpreadConstraints?: readonly {
          readonly labelSelector: Selector;
          readonly topologyKey: string;
        }[];
        readonly containers: readonly [Container];
      };
    };
  };
}

const FOLDER = join(root, "deploy/kubernetes");

function documentsOf(folder: string): Document[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith(".yaml"))
    .flatMap((name) => parseAllDocuments(readFileSync(join(FOLDER, folder, name), "utf8")))
    .map((one) => {
      assert.deepEqual([...one.errors, ...one.warnings], []);
      return one.toJS() as Document;
    });
}

/** What is applied. */
export const documents = documentsOf(".");
export const examples = documentsOf("examples");

export function found(kind: string, name: string): Document {
  return (
    [...documents, ...examples].find((one) => one.kind === kind && one.metadata.name === name) ??
    assert.fail(`${kind} ${name}`)
  );
}

export const podOf = (deployment: Document) => deployment.spec.template.spec;
export const containerOf = (deployment: Document) => podOf(deployment).containers[0];

/** What the pod's process finds in its environment. A Secret's key is looked for in the example. */
export function envOf(deployment: Document): Env {
  return Object.fromEntries(
    containerOf(deployment).env.map(({ name, value, valueFrom }) => {
      const { secretKeyRef: secret, fieldRef: field } = valueFrom ?? {};
      if (field) assert.equal(field.fieldPath, "metadata.name");
      const text = secret ? found("Secret", secret.name).stringData?.[secret.key] : field ? "pod-7d9f" : value;
      return [name, text ?? assert.fail(name)];
    }),
  );
}

/** The labels are those of the deployment's pods, all of them. */
export function selects(labels: Labels | undefined, deployment: Document): boolean {
  const wanted = Object.entries(labels ?? assert.fail("no labels"));
  return wanted.length > 0 && wanted.every(([name, value]) => deployment.spec.template.metadata.labels[name] === value);
}

export const selectorOf = (one: Document) => (one.spec as unknown as { selector: Selector }).selector.matchLabels;
