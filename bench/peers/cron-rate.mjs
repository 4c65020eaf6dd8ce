// Next times a second of one library: `node cron-rate.mjs NAME EXPRESSION ZONE FROM SPANS SPAN_MS` prints the best of the spans.
// Each starts from FROM again where an expression has no more, and is parsed once, as a scheduler that keeps what it parsed does.
import { CronExpressionParser } from "cron-parser";
import { Cron } from "croner";

const [name, expression, zone, from, spans, spanMs] = process.argv.slice(2);

const LIBRARIES = {
  "cron-parser": () => {
    const times = CronExpressionParser.parse(expression, { currentDate: new Date(from), tz: zone });
    return () => {
      if (times.next().getTime() > END) times.reset(new Date(from));
    };
  },
  croner: () => {
    const cron = new Cron(expression, { timezone: zone, paused: true });
    let at = new Date(from);
    return () => {
      const next = cron.nextRun(at);
      at = next === null || next.getTime() > END ? new Date(from) : next;
    };
  },
};

/** Zones are read for some years, not for centuries. */
const END = Date.parse(from) + 20 * 366 * 86_400_000;

const turn = LIBRARIES[name]();
let best = 0;
for (let span = 0; span < Number(spans); span++) {
  const start = performance.now();
  let [turns, tookMs] = [0, 0];
  while (tookMs < Number(spanMs)) {
    turn();
    turns++;
    tookMs = performance.now() - start;
  }
  best = Math.max(best, (turns / tookMs) * 1_000);
}
console.log(best);
