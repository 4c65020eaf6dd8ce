import { once } from "node:events";
import {
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Log } from "../core/log.js";
import {
  type ServerReflectionRequest as Request,
  type ServerReflectionResponse as Response,
  ServerReflectionService as V1,
} from "./gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionService as V1Alpha } from "./gen/grpc/reflection/v1alpha/reflection.js";
import { toStatus } from "./status.js";
import type { Symbols } from "./symbols.js";

/** Of both versions: their messages are the same. */
export interface ReflectionHandlers extends UntypedServiceImplementation {
  readonly serverReflectionInfo: (call: ServerDuplexStream<Request, Response>) => void;
}

type Answer = NonNullable<Response["messageResponse"]>;

/** Server reflection, v1 and v1alpha: tools list, describe and call everything without the .proto files. */
export function reflection(
  services: readonly string[],
  log: Log,
): {
  readonly definitions: readonly ServiceDefinition<UntypedServiceImplementation>[];
  readonly handlers: ReflectionHandlers;
} {
  const listed = [...services, "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
  let loading: Promise<Symbols> | undefined;
  const load = async (): Promise<Symbols> => {
    // The descriptors take 50 ms to load, which a server without such a caller never spends.
    loading ??= import("./symbols.js").then(({ readSymbols }) => readSymbols());
    return await loading;
  };
  const serverReflectionInfo = (call: ServerDuplexStream<Request, Response>): void => {
    void answerAll(call, load, listed).catch((error: unknown) => {
      if (!call.cancelled && !call.writableEnded) call.emit("error", toStatus(error, log, call.getPath()));
    });
  };
  return { definitions: [V1, V1Alpha], handlers: { serverReflectionInfo } };
}

async function answerAll(
  call: ServerDuplexStream<Request, Response>,
  load: () => Promise<Symbols>,
  services: readonly string[],
): Promise<void> {
  const symbols = await load();
  const gone = new AbortController();
  call.once("cancelled", () => gone.abort());
  // A stream that is iterated to its end would be destroyed there, before its status was sent.
  for await (const request of call.iterator({ destroyOnReturn: false }) as AsyncIterable<Request>) {
    const answered = call.write({
      validHost: request.host,
      originalRequest: request,
      messageResponse: answerTo(request.messageRequest, symbols, services),
    });
    // An answer is many times its question: who does not read them is not heard.
    if (!answered) await once(call, "drain", { signal: gone.signal });
  }
  call.end();
}

function answerTo(asked: Request["messageRequest"], symbols: Symbols, services: readonly string[]): Answer {
  switch (asked?.$case) {
    case "listServices":
      return { $case: "listServicesResponse", value: { service: services.map((name) => ({ name })) } };
    case "fileByFilename":
      return files(symbols.file(asked.value), asked.value);
    case "fileContainingSymbol":
      return files(symbols.symbol(asked.value), asked.value);
    case "fileContainingExtension":
      return missing(`${asked.value.containingType} has no extensions`);
    case "allExtensionNumbersOfType":
      if (!symbols.isMessage(asked.value)) return missing(`there is no message ${asked.value}`);
      return { $case: "allExtensionNumbersResponse", value: { baseTypeName: asked.value, extensionNumber: [] } };
    case undefined:
      return {
        $case: "errorResponse",
        value: { errorCode: status.INVALID_ARGUMENT, errorMessage: "nothing was asked" },
      };
  }
}

function files(fileDescriptorProto: Buffer[] | undefined, name: string): Answer {
  if (!fileDescriptorProto) return missing(`there is no ${name} here`);
  return { $case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function missing(errorMessage: string): Answer {
  return { $case: "errorResponse", value: { errorCode: status.NOT_FOUND, errorMessage } };
}
