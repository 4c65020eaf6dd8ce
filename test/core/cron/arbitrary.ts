import fc from "fast-check";

/**
 * Random expressions of the UNIX dialect, each with what it means told a second time: as a question of a wall clock's date and
 * time, which knows nothing of the engine's sets and masks.
 */
export interface Told {
  readonly expression: string;
  readonly isFixed: boolean;
  /** `wall` is the wall clock's time as if it were UTC. */
  readonly matches: (wall: Date) => boolean;
}

interface Field {
  readonly text: string;
  readonly matches: (wall: Date) => boolean;
}

type Read = (wall: Date) => number;

/** Items of `min` to `max` where a range may wrap. `often` are values to prefer, so that expressions meet the clock changes. */
function plain(read: Read, min: number, max: number, wraps: boolean, often: readonly number[]): fc.Arbitrary<Field> {
  const span = max - min + 1;
  const value = fc.oneof(fc.constantFrom(...often), fc.integer({ min, max }));
  const step = fc.oneof(fc.integer({ min: 1, max: Math.min(span, 6) }), fc.integer({ min: 1, max: span }));
  const single = value.map((a): Field => ({ text: `${a}`, matches: (wall) => read(wall) === a }));
  const every = fc.tuple(step, fc.boolean()).map(([n, bare]): Field => {
    return bare
      ? { text: "*", matches: () => true }
      : { text: `*/${n}`, matches: (wall) => (read(wall) - min) % n === 0 };
  });
  const from = fc.tuple(value, step).map(([a, n]): Field => {
    return { text: `${a}/${n}`, matches: (wall) => read(wall) >= a && (read(wall) - a) % n === 0 };
  });
  const range = fc.tuple(value, value, step, fc.boolean()).map(([x, y, n, stepped]): Field => {
    const [a, b] = wraps || x <= y ? [x, y] : [y, x];
    const every = stepped ? n : 1;
    const length = (b - a + span) % span;
    const matches = (wall: Date) => {
      const ahead = (read(wall) - a + span) % span;
      return ahead <= length && ahead % every === 0;
    };
    return { text: `${a}-${b}${stepped ? `/${n}` : ""}`, matches };
  });
  return list(fc.oneof({ weight: 4, arbitrary: single }, every, from, { weight: 2, arbitrary: range }));
}

function list(item: fc.Arbitrary<Field>): fc.Arbitrary<Field> {
  return fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    text: items.map(({ text }) => text).join(","),
    matches: (wall) => items.some(({ matches }) => matches(wall)),
  }));
}

const DAY_MS = 86_400_000;
const monthOf = (wall: Date) => wall.getUTCMonth() + 1;
const sameMonth = (wall: Date, days: number) => monthOf(new Date(wall.getTime() + days * DAY_MS)) === monthOf(wall);

const lastDay: Field = { text: "L", matches: (wall) => !sameMonth(wall, 1) };
const beforeLast = fc.integer({ min: 1, max: 30 }).map((n): Field => {
  return { text: `L-${n}`, matches: (wall) => sameMonth(wall, n) && !sameMonth(wall, n + 1) };
});
const lastWeekday: Field = {
  text: "LW",
  matches: (wall) => isWeekday(wall) && [1, 2, 3].every((n) => !sameMonth(wall, n) || !isWeekday(later(wall, n))),
};
/** The weekday of the month that is the fewest days away from day n. */
const nearest = fc.integer({ min: 1, max: 31 }).map((n): Field => {
  const matches = (wall: Date) => {
    const day = later(wall, n - wall.getUTCDate());
    if (monthOf(day) !== monthOf(wall)) return false;
    const found = [0, -1, 1, -2, 2].map((d) => later(day, d)).find((d) => isWeekday(d) && monthOf(d) === monthOf(day));
    return found?.getUTCDate() === wall.getUTCDate();
  };
  return { text: `${n}W`, matches };
});
const weekday = fc.integer({ min: 0, max: 7 });
const lastOf = weekday.map((d): Field => {
  return { text: `${d}L`, matches: (wall) => wall.getUTCDay() === d % 7 && !sameMonth(wall, 7) };
});
const nth = fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([d, k]): Field => {
  const matches = (wall: Date) =>
    wall.getUTCDay() === d % 7 && sameMonth(wall, -7 * (k - 1)) && !sameMonth(wall, -7 * k);
  return { text: `${d}#${k}`, matches };
});

function later(wall: Date, days: number): Date {
  return new Date(wall.getTime() + days * DAY_MS);
}

function isWeekday(wall: Date): boolean {
  return wall.getUTCDay() >= 1 && wall.getUTCDay() <= 5;
}

const star: Field = { text: "*", matches: () => true };
const question: Field = { text: "?", matches: () => true };
const any = fc.constantFrom(star, star, question);

const minutes = plain((wall) => wall.getUTCMinutes(), 0, 59, true, [0, 15, 30, 45, 59]);
const hours = plain((wall) => wall.getUTCHours(), 0, 23, true, [0, 1, 2, 3, 4, 22, 23]);
const months = plain(monthOf, 1, 12, true, [3, 4, 10, 11]);
const daysOfMonth = fc.oneof(
  plain((wall) => wall.getUTCDate(), 1, 31, false, [1, 28, 29, 30, 31]),
  list(fc.oneof(fc.constant(lastDay), fc.constant(lastWeekday), beforeLast, nearest)),
);
const daysOfWeek = fc.oneof(
  plain((wall) => wall.getUTCDay(), 0, 6, true, [0, 6]),
  list(fc.oneof(lastOf, nth)),
);

/** Of 5 fields. `sparse`: also with days and months, which leave few occurrences. */
export function told(sparse: boolean): fc.Arbitrary<Told> {
  const rest = sparse
    ? [fc.oneof(any, daysOfMonth), fc.oneof(fc.constant(star), months), fc.oneof(any, daysOfWeek)]
    : [any, fc.constant(star), any];
  return fc.tuple(minutes, hours, ...rest).map(([minute, hour, dayOfMonth, month, dayOfWeek]) => {
    const fields = [minute, hour, dayOfMonth, month, dayOfWeek].map((field) => field ?? star);
    const [a, b, day, inMonth, ofWeek] = fields as [Field, Field, Field, Field, Field];
    const either = /^[^*?]/.test(day.text) && /^[^*?]/.test(ofWeek.text);
    return {
      expression: fields.map(({ text }) => text).join(" "),
      isFixed: !/[*/?]/.test(a.text + b.text),
      matches: (wall) =>
        a.matches(wall) &&
        b.matches(wall) &&
        inMonth.matches(wall) &&
        (either ? day.matches(wall) || ofWeek.matches(wall) : day.matches(wall) && ofWeek.matches(wall)),
    };
  });
}
