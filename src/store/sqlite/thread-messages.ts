import type { Facts } from "../../core/errors.js";
import type { ReadCall, ReadReply, WriteCall, WriteReply } from "./engine/operations.js";
import type { Note } from "./engine/other-hosts.js";

export type ToThread =
  | { readonly type: "write"; readonly id: number; readonly calls: readonly WriteCall[] }
  | { readonly type: "read"; readonly id: number; readonly call: ReadCall }
  | { readonly type: "close" };

export type ToFace =
  | { readonly type: "note"; readonly note: Note }
  | { readonly type: "open" }
  | { readonly type: "refused"; readonly message: string; readonly facts: Facts }
  | { readonly type: "written"; readonly id: number; readonly reply: WriteReply }
  | { readonly type: "read"; readonly id: number; readonly reply: ReadReply };
