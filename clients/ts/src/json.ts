import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { Calls, Codec } from "./calls.js";
import { badField, TickwireError } from "./errors.js";
import { descriptorSetBase64 } from "./gen/descriptors.js";
import type { MethodName } from "./repeats.js";
import type { CallOptions } from "./retry.js";

export interface JsonOptions extends CallOptions {
  /** Also fields that have their default value: 0, "", [] ... Default: false. */
  readonly emitDefaults?: boolean | undefined;
}

let loaded: FileRegistry | undefined;

/** The contract's descriptors; read when they are first asked for. */
function registry(): FileRegistry {
  loaded ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64")));
  return loaded;
}

/** A unary call by its name in the contract (`ScheduleJob`), with proto3 JSON in and out. */
export async function callJson(
  calls: Calls,
  name: string,
  request: JsonValue,
  options: JsonOptions,
): Promise<JsonValue> {
  const method = methodOf(name, "unary");
  const codec = codecOf(method);
  const response = await calls.unaryAs(nameOf(method), codec, read(method.input, request), options);
  return write(method.output, response, options);
}

/** A server-streaming call by its name in the contract (`WatchRuns`), with proto3 JSON in and out. The request is made anew whenever the call is. */
export async function* streamJson(
  calls: Calls,
  name: string,
  request: () => JsonValue,
  options: JsonOptions,
): AsyncGenerator<JsonValue, void, undefined> {
  const method = methodOf(name, "server_streaming");
  for await (const response of calls.streamAs(codecOf(method), () => read(method.input, request()), options)) {
    yield write(method.output, response, options);
  }
}

function methodOf(name: string, kind: DescMethod["methodKind"]): DescMethod {
  const method = registry()
    .getService("tickwire.v1.Scheduler")
    ?.methods.find((one) => one.name === name || one.localName === name);
  if (!method)
    throw new TickwireError("UNIMPLEMENTED", "UNIMPLEMENTED", `the contract has no method ${JSON.stringify(name)}`);
  if (method.methodKind !== kind) {
    throw new TickwireError("UNIMPLEMENTED", "UNIMPLEMENTED", `${method.name} is ${method.methodKind}, not ${kind}`);
  }
  return method;
}

const nameOf = (method: DescMethod) => method.localName as MethodName;

function codecOf({ parent, name, input, output }: DescMethod): Codec<Message, Message> {
  return {
    path: `/${parent.typeName}/${name}`,
    requestSerialize: (message) => Buffer.from(toBinary(input, message)),
    responseDeserialize: (bytes) => fromBinary(output, bytes),
  };
}

function read(schema: DescMessage, json: JsonValue): Message {
  try {
    return fromJson(schema, json, { registry: registry() });
  } catch (error) {
    throw badField("request", error instanceof Error ? error.message : String(error));
  }
}

function write(schema: DescMessage, message: Message, { emitDefaults }: JsonOptions): JsonValue {
  return toJson(schema, message, { registry: registry(), alwaysEmitImplicit: emitDefaults ?? false });
}
