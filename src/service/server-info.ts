import { LIMITS } from "../core/limits.js";
import type { ServiceParts } from "./parts.js";

export interface ServerInfo {
  readonly version: string;
  readonly serverId: string;
  /** Of the worker protocol. */
  readonly minProtocolRevision: number;
  readonly maxProtocolRevision: number;
  readonly store: string;
  /** By name. */
  readonly limits: ReadonlyMap<string, number>;
}

const PROTOCOL_REVISION = 1;

export function serverInfo(parts: ServiceParts): ServerInfo {
  return {
    version: parts.version,
    serverId: parts.dispatch.serverId,
    minProtocolRevision: PROTOCOL_REVISION,
    maxProtocolRevision: PROTOCOL_REVISION,
    store: parts.store.engine,
    limits: new Map(Object.entries(LIMITS).map(([name, limit]) => [name, limit.value])),
  };
}
