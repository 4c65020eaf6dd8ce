export { createDispatch } from "./create-dispatch.js";
export type { DispatchParts, DispatchSettings, Kinds, RunFeed, WakeReason } from "./parts.js";
export type { Dispatch } from "./port.js";
