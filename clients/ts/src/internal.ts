// Not part of the API: what the repository's own tests and tools need to reach. It changes without notice.
export { type Clock, systemClock } from "./clock.js";
export { descriptorSetBase64 } from "./gen/descriptors.js";
export * as errorDetails from "./gen/google/rpc/error_details.js";
export * as statusProto from "./gen/google/rpc/status.js";
export * as jobProto from "./gen/tickwire/v1/job.js";
export * as schedulerProto from "./gen/tickwire/v1/scheduler.js";
export * as workerProto from "./gen/tickwire/v1/worker.js";
export { cutText } from "./payload.js";
export { isRepeatable, type MethodName } from "./repeats.js";
export { type RetryParts, withRetry } from "./retry.js";
export { updatePaths } from "./update-paths.js";
export * as enums from "./wire/enums.js";
export { drainDelayMs, reconnectDelayMs, tryTimeoutMs } from "./worker/backoff.js";
export { Engine, type EngineEvents, type EngineParts } from "./worker/engine.js";
export { inFrames } from "./worker/frames.js";
export { GrpcTransport } from "./worker/grpc-transport.js";
export { describe } from "./worker/invoke.js";
export type { StreamEvents, Transport, WorkStream } from "./worker/transport.js";
