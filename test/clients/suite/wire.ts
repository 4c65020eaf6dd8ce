import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorSetBase64 } from "@tickwire/client/internal";

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64")));

export function methods(): readonly DescMethod[] {
  const service = registry.getService("tickwire.v1.Scheduler");
  if (!service) throw new Error("the contract has no service");
  return service.methods;
}

function messageOf(name: string): DescMessage {
  const message = registry.getMessage(`tickwire.v1.${name}`);
  if (!message) throw new Error(`the contract has no message ${name}`);
  return message;
}

export const frameIn = messageOf("WorkRequest");
export const frameOut = messageOf("WorkResponse");

/** Fields of bytes, which scenarios write as text. */
const texts = new Set(["payload", "result", "checkpoint", "previousCheckpoint", "instance", "lastResult"]);

/** Proto3 JSON as scenarios write it: bytes as text, or as JSON in place; a token by a name, at most 16 bytes long. */
export function encode(message: DescMessage, json: JsonValue): Buffer {
  return Buffer.from(toBinary(message, fromJson(message, toWire(expand(json)), { registry })));
}

export function decode(message: DescMessage, bytes: Uint8Array): JsonObject {
  return fromWire(toJson(message, fromBinary(message, bytes), { registry })) as JsonObject;
}

const tokenOf = (name: string) => Buffer.from(name.padEnd(16, "_")).toString("base64");

function toWire(json: JsonValue): JsonValue {
  return mapObjects(json, (key, value) => {
    if (key === "token") return tokenOf(String(value));
    if (!texts.has(key)) return undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return Buffer.from(text).toString("base64");
  });
}

function fromWire(json: JsonValue): JsonValue {
  return mapObjects(json, (key, value) => {
    if (typeof value !== "string") return undefined;
    const bytes = Buffer.from(value, "base64");
    if (key === "token") return bytes.toString().replace(/_+$/, "");
    if (key === "instance") return `${bytes.length} bytes: ${value}`;
    return texts.has(key) ? bytes.toString() : undefined;
  });
}

/** The same JSON, with the values for which `change` gives another. */
function mapObjects(json: JsonValue, change: (key: string, value: JsonValue) => JsonValue | undefined): JsonValue {
  if (Array.isArray(json)) return json.map((item) => mapObjects(item, change));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [key, change(key, value) ?? mapObjects(value, change)]),
  );
}

/** `{ $repeat: ["x", 9000] }` is a long text. */
export function expand(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(expand);
  if (typeof json !== "object" || json === null) return json;
  const { $repeat: repeat } = json;
  if (Array.isArray(repeat)) return String(repeat[0]).repeat(Number(repeat[1]));
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, expand(value)]));
}

const taskDefaults = {
  kind: "k",
  attempt: 1,
  maxAttempts: 20,
  fence: "1",
  scheduledTime: "2026-01-01T00:00:00Z",
};

/** A frame for a worker: whatever has a slug has a token of the same name, and a task has what every task has. */
export function encodeFrame(frame: JsonValue): Buffer {
  const [[name, value] = ["", null]] = Object.entries(expand(frame) as JsonObject);
  const list = (value as JsonObject)[name];
  if (!Array.isArray(list)) return encode(frameOut, frame);
  const items = (list as JsonObject[]).map((item) => ({
    ...(item["slug"] !== undefined && { token: item["slug"] }),
    ...(name === "tasks" && taskDefaults),
    ...item,
  }));
  return encode(frameOut, { [name]: { [name]: items as JsonValue } });
}

/** One thing that a worker said: a hello, a capacity, a result, a report ... by its name. */
export type Said = Readonly<Record<string, JsonValue>>;

/** A worker's frame, taken apart: how many things share a frame is its own affair. */
export function decodeFrame(bytes: Uint8Array): Said[] {
  const [[name, value] = ["unknown", null]] = Object.entries(decode(frameIn, bytes));
  const { results, reports } = value as { results?: JsonObject[]; reports?: JsonObject[] };
  if (name === "results") return (results ?? []).map((result) => ({ result: plainToken(result) }));
  if (name === "progress") return (reports ?? []).map((report) => ({ report: plainToken(report) }));
  return [{ [name]: inOrder(value) }];
}

/** In the order of their names: which order kinds and held tasks are told in means nothing. */
function inOrder(json: JsonValue): JsonValue {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (key === "held") return [key, byName(value as JsonObject[], "slug").map(plainToken)];
      return [key, key === "kinds" ? byName(value as JsonObject[], "kind") : inOrder(value)];
    }),
  );
}

function byName(list: readonly JsonObject[], name: string): JsonObject[] {
  return [...list].sort((one, other) => (String(one[name]) < String(other[name]) ? -1 : 1));
}

/** A token of its slug's name is left out. */
function plainToken({ token, ...rest }: JsonObject): JsonObject {
  return token === rest["slug"] ? rest : { token: token ?? null, ...rest };
}
