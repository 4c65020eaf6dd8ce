import { Check } from "../core/check.js";
import { checkKind } from "../core/check-names.js";
import { checkText } from "../core/check-text.js";
import { limit } from "../core/limits.js";
import type { Log } from "../core/log.js";
import type { Service } from "../service/service.js";
import type { SchedulerServer } from "./gen/tickwire/v1/scheduler.js";
import { unary } from "./handler.js";
import { readRegisterKind, writeKind } from "./kind.js";
import { readPage, writeToken } from "./page.js";

type KindCalls = Pick<
  SchedulerServer,
  "registerKind" | "getKind" | "listKinds" | "deleteKind" | "pauseKind" | "resumeKind"
>;

export function kindCalls(service: Service, log: Log): KindCalls {
  return {
    registerKind: unary(log, async (request) => {
      const check = new Check();
      const input = readRegisterKind(check, request, service.now());
      check.done();
      const { kind, created } = await service.registerKind(input);
      return { kind: writeKind(kind), created };
    }),

    getKind: unary(log, async (request) => {
      const check = new Check();
      checkKind(check, "name", request.name);
      check.done();
      return { kind: writeKind(await service.getKind(request.name)) };
    }),

    listKinds: unary(log, async (request) => {
      const check = new Check();
      const scope = ["ListKinds", {}] as const;
      const page = readPage(check, request, scope);
      check.done();
      const { items, next } = await service.listKinds(page);
      return { kinds: items.map(writeKind), nextPageToken: writeToken(next, scope) };
    }),

    deleteKind: unary(log, async ({ name }) => {
      const check = new Check();
      checkKind(check, "name", name);
      check.done();
      await service.deleteKind(name);
      return {};
    }),

    pauseKind: unary(log, async ({ name, reason }) => {
      const check = new Check();
      checkKind(check, "name", name);
      checkText(check, "reason", reason, limit("pause_reason_bytes"));
      check.done();
      return { kind: writeKind(await service.pauseKind(name, reason)) };
    }),

    resumeKind: unary(log, async ({ name }) => {
      const check = new Check();
      checkKind(check, "name", name);
      check.done();
      return { kind: writeKind(await service.resumeKind(name)) };
    }),
  };
}
