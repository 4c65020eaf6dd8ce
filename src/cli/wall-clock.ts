/** What a zone's clocks show: "Sun 2026-03-29 03:00:00 +02:00". Undefined where this machine does not know the zone. */
export function wallClock(timeZone: string): ((time: Date) => string) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "longOffset",
    });
  } catch {
    return undefined;
  }
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
    const day = `${part("year")}-${part("month")}-${part("day")}`;
    const clock = `${part("hour")}:${part("minute")}:${part("second")}`;
    // "GMT+02:00"; "GMT" alone is UTC's own.
    const offset = part("timeZoneName").slice("GMT".length) || "+00:00";
    return `${part("weekday")} ${day} ${clock} ${offset}`;
  };
}
