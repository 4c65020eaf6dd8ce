import { type ChannelCredentials, type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";

/** Where the servers are, and how to reach them. */
export interface ConnectionOptions {
  /**
   * `host:port` of a server; several in a list, or with commas between them. A name that stands for several servers is the same as all
   * of them. Default: `127.0.0.1:7070`.
   */
  readonly address?: string | readonly string[] | undefined;
  /** Encrypts: with the certificates of the public authorities (`true`), or as said. Default: plain text. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Sent with every call as `authorization: Bearer ...`. Without `tls` whoever listens on the way reads it. */
  readonly token?: string | undefined;
  /** Of @grpc/grpc-js, in place of `tls`. */
  readonly credentials?: ChannelCredentials | undefined;
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Certificates and keys are texts in PEM, as their files hold them. */
export interface TlsOptions {
  /** The authorities that a server's certificate may be of. Default: the public ones. */
  readonly ca?: string | Uint8Array | undefined;
  /** This caller's own certificate and its key, for servers that ask for one: both or none. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** What a server's certificate must name, where that is not the host of its address. */
  readonly serverName?: string | undefined;
}

/** Throws where `tls` and `credentials` contradict each other, or a certificate or its key is missing or is none. */
export function credentialsOf({ tls, credentials: given }: ConnectionOptions): ChannelCredentials {
  if (given && tls) throw new TypeError("give tls or credentials, not both");
  if (given) return given;
  if (!tls) return credentials.createInsecure();
  const { ca, cert, key } = tls === true ? {} : tls;
  if ((cert === undefined) !== (key === undefined)) throw new TypeError("tls: cert and key come together");
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

function pem(text: string | Uint8Array | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text as string);
}

/** Of a channel to any of the servers. */
export function channelOptionsOf({ tls }: ConnectionOptions): ChannelOptions {
  const serverName = typeof tls === "object" ? tls.serverName : undefined;
  if (serverName === undefined) return channelOptions;
  return { ...channelOptions, "grpc.ssl_target_name_override": serverName };
}

export function metadataOf(options: ConnectionOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(options.headers ?? {})) metadata.set(name, value);
  if (options.token !== undefined) metadata.set("authorization", `Bearer ${options.token}`);
  return metadata;
}

/**
 * A broken connection is noticed by HTTP/2 pings within 30 s, also on a quiet stream; and a server that is back is tried again after
 * 2 s at most, where grpc-js would wait up to 2 min.
 */
const channelOptions: ChannelOptions = {
  "grpc.keepalive_time_ms": 20_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2_000,
};
