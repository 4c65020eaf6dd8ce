import { type OpenStore, openMemory } from "./harness.js";

/** The stores that answer alike, whatever is behind them. */
export const STORES: readonly { readonly name: string; readonly open: OpenStore }[] = [
  { name: "memory", open: openMemory },
];
