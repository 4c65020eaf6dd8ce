import { createFileRegistry, type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { descriptorSetBase64 } from "./gen/descriptors.js";

/** The contract's files by what they define, as reflection serves them. */
export interface Symbols {
  /** The file of this path and everything that it imports, serialized; undefined where there is none. */
  file(path: string): Buffer[] | undefined;
  /** The same for the file that defines a message, field, enum, enum value, service or method of this full name. */
  symbol(name: string): Buffer[] | undefined;
  isMessage(name: string): boolean;
}

export function readSymbols(): Symbols {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64")));
  const fileOf = new Map<string, DescFile>();
  for (const file of registry.files) for (const name of namesIn(file)) fileOf.set(name, file);
  const withImports = (file: DescFile | undefined): Buffer[] | undefined =>
    file && [...closureOf(file)].map((one) => Buffer.from(toBinary(FileDescriptorProtoSchema, one.proto)));
  return {
    file: (path) => withImports(registry.getFile(path)),
    symbol: (name) => withImports(fileOf.get(name)),
    isMessage: (name) => registry.getMessage(name) !== undefined,
  };
}

function* namesIn(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    yield type.typeName;
    if (type.kind === "message") {
      for (const { name } of [...type.fields, ...type.oneofs]) yield `${type.typeName}.${name}`;
    } else if (type.kind === "enum") {
      // Values live beside their enum, as in C++.
      const scope = type.typeName.slice(0, type.typeName.lastIndexOf(".") + 1);
      for (const { name } of type.values) yield scope + name;
    }
  }
  for (const service of file.services) {
    yield service.typeName;
    for (const { name } of service.methods) yield `${service.typeName}.${name}`;
  }
}

function closureOf(file: DescFile, found = new Set<DescFile>()): Set<DescFile> {
  if (found.has(file)) return found;
  found.add(file);
  for (const dependency of file.dependencies) closureOf(dependency, found);
  return found;
}
