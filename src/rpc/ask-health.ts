import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { HealthClient, HealthCheckResponse_ServingStatus as Serving } from "./gen/grpc/health/v1/health.js";

/** What became of asking a server how it is. */
export type HealthAnswer =
  | { readonly type: "serving" | "not serving" | "late" }
  /** Nothing listens there, or what does is no gRPC server. */
  | { readonly type: "unreachable"; readonly why: string }
  /** A gRPC server that won't tell. */
  | { readonly type: "refused"; readonly why: string };

/**
 * Asks grpc.health.v1 of one server for the server as a whole. Never rejects; answers within `limitMs`. On the generated code alone,
 * as the client of callers and workers does not know this service.
 */
export async function askHealth(address: string, limitMs: number): Promise<HealthAnswer> {
  const client = new HealthClient(address, credentials.createInsecure());
  try {
    return await new Promise<HealthAnswer>((resolve) => {
      const deadline = Date.now() + limitMs;
      client.check({ service: "" }, new Metadata(), { deadline }, (error: ServiceError | null, answer) => {
        if (error) resolve(failure(error));
        else resolve({ type: answer.status === Serving.SERVING ? "serving" : "not serving" });
      });
    });
  } finally {
    client.close();
  }
}

function failure({ code, details }: ServiceError): HealthAnswer {
  if (code === status.DEADLINE_EXCEEDED) return { type: "late" };
  return { type: code === status.UNAVAILABLE ? "unreachable" : "refused", why: details };
}
