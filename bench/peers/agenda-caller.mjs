// Stores `total` jobs by Agenda, and says when it began and how long that took. `perSecond` 0: due at once; else spread so that
// so many are due each second, from `afterMs` on. Agenda stores a job a call: 50 calls are out at a time.
import { MongoBackend } from "@agendajs/mongo-backend";
import { Agenda } from "agenda";
import { say } from "./fact.mjs";

const [address, totalText, perSecondText, afterMs] = process.argv.slice(2);
const total = Number(totalText);
const perSecond = Number(perSecondText);
const agenda = new Agenda({ backend: new MongoBackend({ address }) });
await agenda.ready;
const beganAt = Date.now();
const firstAt = beganAt + Number(afterMs);
let next = 0;
await Promise.all(Array.from({ length: 50 }, lane));
say({ beganAt, ms: Date.now() - beganAt });
await agenda.backend.disconnect();

async function lane() {
  for (let n = next++; n < total; n = next++) {
    const dueAt = perSecond > 0 ? firstAt + (n * 1_000) / perSecond : Date.now();
    await agenda.schedule(new Date(dueAt), "bench", { dueAt, payload: "0123456789abcdef" });
  }
}
