import { type ChannelCredentials, type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";

/** Where the servers are, and how to reach them. */
export interface ConnectionOptions {
  /**
   * `host:port` of a server; several in a list, or with commas between them. A name that stands for several servers is the same as all
   * of them. Default: `127.0.0.1:7070`.
   */
  readonly address?: string | readonly string[] | undefined;
  /** Of @grpc/grpc-js. Default: plain text. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Sent with every call, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export function credentialsOf(options: ConnectionOptions): ChannelCredentials {
  return options.credentials ?? credentials.createInsecure();
}

export function metadataOf(options: ConnectionOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.headers ?? {})) metadata.set(name, value);
  return metadata;
}

/**
 * A broken connection is noticed by HTTP/2 pings within 30 s, also on a quiet stream; and a server that is back is tried again after
 * 2 s at most, where grpc-js would wait up to 2 min.
 */
export const channelOptions: ChannelOptions = {
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
};
