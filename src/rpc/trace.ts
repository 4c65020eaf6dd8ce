import type { Metadata } from "@grpc/grpc-js";

// https://www.w3.org/TR/trace-context/: version, trace id, parent id, flags.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE_BYTES = 512;

/** The caller's W3C trace context, handed to the job's workers; one that is not valid is left out, as the standard asks. */
export function traceContextOf(metadata: Metadata): Record<string, string> {
  const traceparent = single(metadata, "traceparent");
  if (!traceparent || !TRACEPARENT.test(traceparent)) return {};
  const tracestate = single(metadata, "tracestate");
  if (!tracestate || tracestate.length > TRACESTATE_BYTES || !/^[\x20-\x7e]+$/.test(tracestate)) return { traceparent };
  return { traceparent, tracestate };
}

function single(metadata: Metadata, name: string): string | undefined {
  const values = metadata.get(name);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : undefined;
}
