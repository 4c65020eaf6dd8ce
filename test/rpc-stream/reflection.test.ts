import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type ClientDuplexStream, credentials, status } from "@grpc/grpc-js";
import { descriptorSetBase64 } from "../../src/rpc/gen/descriptors.js";
import {
  type ServerReflectionRequest as Request,
  type ServerReflectionResponse as Response,
  ServerReflectionClient as V1,
} from "../../src/rpc/gen/grpc/reflection/v1/reflection.js";
import { ServerReflectionClient as V1Alpha } from "../../src/rpc/gen/grpc/reflection/v1alpha/reflection.js";
import { startGrpc } from "./grpc-fixture.js";

type Asked = NonNullable<Request["messageRequest"]>;
type Answer = NonNullable<Response["messageResponse"]>;

/** Asks one question after the other over one stream, as tools do. */
class Asker {
  readonly #stream: ClientDuplexStream<Request, Response>;
  readonly #answers: AsyncIterator<Response>;

  constructor(stream: ClientDuplexStream<Request, Response>) {
    this.#stream = stream;
    this.#answers = stream[Symbol.asyncIterator]();
  }

  async ask(messageRequest: Asked): Promise<Answer> {
    this.#stream.write({ host: "h", messageRequest });
    const { value } = (await this.#answers.next()) as { value: Response };
    assert.equal(value.validHost, "h");
    assert.equal(value.originalRequest?.messageRequest?.$case, messageRequest.$case);
    assert.ok(value.messageResponse);
    return value.messageResponse;
  }

  async end(): Promise<void> {
    this.#stream.end();
    assert.equal((await this.#answers.next()).done, true);
  }
}

/** Names of the files of an answer, the asked one first; together they are all that is needed to use it. */
function filesOf(answer: Answer): string[] {
  assert.ok(answer.$case === "fileDescriptorResponse", JSON.stringify(answer));
  const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const names = new Set(files.map(({ name }) => name));
  for (const file of files) for (const one of file.dependency) assert.ok(names.has(one), `${file.name} lacks ${one}`);
  return [...names];
}

for (const [version, Client] of [
  ["v1", V1],
  ["v1alpha", V1Alpha],
] as const) {
  describe(`reflection ${version}`, () => {
    const asker = async (t: TestContext): Promise<Asker> => {
      const { address } = await startGrpc(t);
      const client = new Client(address, credentials.createInsecure());
      t.after(() => client.close());
      return new Asker(client.serverReflectionInfo());
    };

    test("lists the services", async (t) => {
      const one = await asker(t);
      const answer = await one.ask({ $case: "listServices", value: "*" });
      assert.ok(answer.$case === "listServicesResponse");
      assert.deepEqual(
        answer.value.service.map(({ name }) => name),
        [
          "tickwire.v1.Scheduler",
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection",
        ],
      );
      await one.end();
    });

    test("finds every service, method, message, field, enum and value of the contract, with all its imports", async (t) => {
      const one = await asker(t);
      const set = fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, "base64"));
      let asked = 0;
      for (const file of createFileRegistry(set).files) {
        const symbols = [
          ...file.services.flatMap((service) => [
            service.typeName,
            ...service.methods.map(({ name }) => `${service.typeName}.${name}`),
          ]),
          ...file.messages.flatMap((message) => [
            message.typeName,
            ...message.fields.map(({ name }) => `${message.typeName}.${name}`),
            ...message.nestedMessages.map(({ typeName }) => typeName),
          ]),
          ...file.enums.flatMap(({ typeName, values }) => [
            typeName,
            ...values.map(({ name }) => `${file.proto.package}.${name}`),
          ]),
        ];
        for (const value of symbols) {
          asked++;
          assert.equal(filesOf(await one.ask({ $case: "fileContainingSymbol", value }))[0], file.proto.name, value);
        }
        const { name } = file.proto;
        assert.equal(filesOf(await one.ask({ $case: "fileByFilename", value: name }))[0], name);
      }
      assert.ok(asked > 500, `${asked} symbols`);
      await one.end();
    });

    test("says NOT_FOUND of what is not there, and goes on", async (t) => {
      const one = await asker(t);
      const questions: Asked[] = [
        { $case: "fileContainingSymbol", value: "tickwire.v1.Nothing" },
        { $case: "fileContainingSymbol", value: "" },
        { $case: "fileByFilename", value: "../package.json" },
        { $case: "fileContainingExtension", value: { containingType: "tickwire.v1.Job", extensionNumber: 1 } },
        { $case: "allExtensionNumbersOfType", value: "tickwire.v1.Nothing" },
      ];
      for (const question of questions) {
        const answer = await one.ask(question);
        assert.equal(answer.$case === "errorResponse" && answer.value.errorCode, status.NOT_FOUND);
      }
      const none = await one.ask({ $case: "allExtensionNumbersOfType", value: "tickwire.v1.Job" });
      assert.deepEqual(none.$case === "allExtensionNumbersResponse" && none.value.extensionNumber, []);
      await one.end();
    });
  });
}
