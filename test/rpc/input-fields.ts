import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorSetBase64 } from "../../src/rpc/gen/descriptors.js";

/** The contract's input fields, by reflection: what is added to it is found here without a line of ours. */

export const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64")),
);

/** A message of the contract: "Trigger". */
export function messageOf(name: string): DescMessage {
  const message = registry.getMessage(`tickwire.v1.${name}`);
  if (!message) throw new Error(`the contract has no ${name}`);
  return message;
}

export function methods(): DescMethod[] {
  const service = registry.getService("tickwire.v1.Scheduler");
  if (!service) throw new Error("the contract has no Scheduler");
  return [...service.methods];
}

/** One field that a caller can fill in, by the way to it from the request. */
export interface InputField {
  readonly way: readonly DescField[];
  /** As errors name it: `requests[0].job.trigger.cron.expression`. */
  readonly path: string;
}

/** Output only: what the contract says to ignore on input. */
function isOutput(field: DescField): boolean {
  if (field.parent.typeName === "tickwire.v1.Job") return field.number >= 16;
  return field.parent.typeName === "tickwire.v1.Kind" && field.number >= 17;
}

export function inputFields(message: DescMessage, way: readonly DescField[] = []): InputField[] {
  return message.fields
    .filter((field) => !isOutput(field))
    .flatMap((field) => {
      const here = [...way, field];
      if (isLeaf(field)) return [{ way: here, path: pathOf(here) }];
      return inputFields((field as { message: DescMessage }).message, here);
    });
}

function isLeaf(field: DescField): boolean {
  if (field.fieldKind === "message") return field.message.typeName.startsWith("google.protobuf.");
  return !(field.fieldKind === "list" && field.listKind === "message");
}

function pathOf(way: readonly DescField[]): string {
  const names = way.map((field, n) =>
    field.fieldKind === "list" && n < way.length - 1 ? `${field.name}[0]` : field.name,
  );
  return names.join(".");
}

/** A value that no field of this type may have, and how the error names its place. */
export interface WrongValue {
  readonly value: unknown;
  readonly suffix: string;
}

const DATES = [
  { seconds: 3_093_527_980_800n, nanos: 0 },
  { seconds: -1n, nanos: 0 },
  { seconds: 1n, nanos: -1 },
  { seconds: 1n, nanos: 1_000_000_000 },
];
const SPANS = [
  { seconds: -1n, nanos: 0 },
  { seconds: 0n, nanos: -1 },
  { seconds: 315_576_000_001n, nanos: 0 },
  { seconds: 0n, nanos: 2_000_000_000 },
];

/** What names nothing, and what names nothing that there is. */
const MASKS = [[], ["slug"], ["payload", "nothing"], ["policy.retry.max_attempts.x"], [""]];

function maskOf(message: DescMessage, paths: string[]): Message {
  return create(message, { paths } as never);
}

/** Wrong values by type alone. None: a bool, which has no wrong value. */
export function wrongValues(field: DescField): WrongValue[] {
  const plain = (values: unknown[]) => values.map((value) => ({ value, suffix: "" }));
  switch (field.fieldKind) {
    case "enum":
      return plain([99, -1]);
    case "message":
      if (field.message.typeName.endsWith(".FieldMask"))
        return plain(MASKS.map((paths) => maskOf(field.message, paths)));
      return plain(
        (field.message.typeName.endsWith(".Timestamp") ? DATES : SPANS).map((parts) => create(field.message, parts)),
      );
    case "map":
      return [
        { value: ["bad key", "v"], suffix: "" },
        { value: ["__proto__", "v"], suffix: "" },
        { value: ["k".repeat(64), "v"], suffix: "" },
        { value: ["k", "nul \0"], suffix: '["k"]' },
        { value: ["k", "v".repeat(256)], suffix: '["k"]' },
      ];
    case "list":
      if (field.listKind === "enum") return [{ value: 99, suffix: "[0]" }];
      return wrongScalars(ScalarType.STRING).map((value) => ({ value, suffix: "[0]" }));
    case "scalar":
      return plain(wrongScalars(field.scalar));
  }
}

function wrongScalars(type: ScalarType): unknown[] {
  switch (type) {
    case ScalarType.STRING:
      // The last is more than any text may be, payload_text included.
      return ["nul \0 in it", "not UTF-8: \ufffd", "x".repeat(1_048_577)];
    case ScalarType.BYTES:
      return [new Uint8Array(1_048_577)];
    case ScalarType.INT32:
      return [-1, -2_147_483_648];
    case ScalarType.INT64:
      return [-1n, -9_223_372_036_854_775_808n];
    case ScalarType.DOUBLE:
      return [-1, 0.5, 101, Number.NaN, Number.POSITIVE_INFINITY];
    case ScalarType.BOOL:
      return [];
    default:
      throw new Error(`no wrong values for ${ScalarType[type]}: add some`);
  }
}

/** The request `base`, with the field at the end of the way set to `value`. */
export function encode(method: DescMethod, base: JsonValue, way: readonly DescField[], value: unknown): Buffer {
  const message: Message = fromJson(method.input, base, { registry });
  set(reflect(method.input, message), way, value);
  return Buffer.from(toBinary(method.input, message));
}

function set(message: ReflectMessage, way: readonly DescField[], value: unknown): void {
  const [field, ...rest] = way;
  if (!field) return;
  if (rest.length > 0) {
    const inner = field.fieldKind === "list" ? message.get(field).get(0) : innerOf(message, field);
    set(inner as ReflectMessage, rest, value);
    return;
  }
  if (field.fieldKind === "map") {
    const [key, entry] = value as [string, string];
    // A plain object as the library keeps it has no own "__proto__": the wire does.
    message.get(field).set(key, entry);
  } else if (field.fieldKind === "list") message.get(field).add(value);
  else if (field.fieldKind === "message") message.set(field, reflect(field.message, value as Message));
  else message.set(field, value);
}

function innerOf(message: ReflectMessage, field: DescField): ReflectMessage {
  if (field.fieldKind !== "message") throw new Error(`${field.name} is no message`);
  const inner = message.isSet(field) ? message.get(field) : reflect(field.message);
  message.set(field, inner);
  return message.get(field);
}
