import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { boundedReader } from "./bounded-reader.js";

/** Stands for a request that could not be decoded: its handler answers INVALID_ARGUMENT, where gRPC itself would say INTERNAL. */
export class Malformed {
  constructor(readonly cause: unknown) {}
}

/** The same service, whose calls with one request get a `Malformed` for bytes that are no message. */
export function tolerant<T extends ServiceDefinition<UntypedServiceImplementation>>(definition: T): T {
  const calls = Object.entries(definition).map(([name, call]) => {
    if (call.requestStream) return [name, call] as const;
    const requestDeserialize = (bytes: Buffer): unknown => {
      try {
        // The generated code takes a reader as well as bytes, whatever its type says.
        return call.requestDeserialize(boundedReader(bytes) as unknown as Buffer);
      } catch (error) {
        return new Malformed(error);
      }
    };
    return [name, { ...call, requestDeserialize }] as const;
  });
  return Object.fromEntries(calls) as T;
}
