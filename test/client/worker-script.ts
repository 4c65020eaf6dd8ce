import { workerProto } from "@tickwire/client/internal";
import { type Script, ServerStream } from "./scripted-server.js";

/** The streams that workers open, in their order. */
export interface Streams {
  next(): Promise<ServerStream>;
  readonly script: Script;
}

export function streams(): Streams {
  const came: ServerStream[] = [];
  const wanted: ((stream: ServerStream) => void)[] = [];
  return {
    next: () => {
      const stream = came.shift();
      return stream ? Promise.resolve(stream) : new Promise((resolve) => wanted.push(resolve));
    },
    script: {
      work: (_, call) => {
        const stream = new ServerStream(call);
        const want = wanted.shift();
        if (want) want(stream);
        else came.push(stream);
      },
    },
  };
}

export const welcome = (more: Partial<workerProto.Welcome> = {}) => ({
  $case: "welcome" as const,
  value: workerProto.Welcome.fromPartial({
    workerId: "w",
    serverId: "s",
    pingInterval: { seconds: 3n },
    protocolRevision: 1,
    ...more,
  }),
});

export const task = (slug: string, more: Parameters<typeof workerProto.Task.fromPartial>[0] = {}) =>
  workerProto.Task.fromPartial({
    slug,
    kind: "k",
    token: Buffer.from(slug.padEnd(16, "_")),
    fence: 1n,
    attempt: 1,
    ...more,
  });

export const tasks = (...all: workerProto.Task[]) => ({ $case: "tasks" as const, value: { tasks: all } });

export const receipt = (token: Buffer) => ({
  $case: "receipts" as const,
  value: { receipts: [workerProto.Receipt.fromPartial({ token, state: 1 })] },
});
