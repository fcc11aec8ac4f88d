// Times as a `datetime-local` input holds them ("2026-01-31T23:30"), read in the zone that the page shows.

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})/;

/**
 * The instant (ISO 8601, UTC) at which clocks of the zone show this; null where it is no time.
 * In the hour that a clock skips in spring it is the one an hour later.
 */
export function instantOf(local: string, zone: string): string | null {
  if (!LOCAL.test(local)) return null;
  const wanted = Date.parse(`${local.slice(0, 16)}:00Z`);
  if (Number.isNaN(wanted)) return null;
  // the offset is that of the instant, which is not known before: the second guess is right
  const guess = wanted - offsetMs(wanted, zone);
  return new Date(wanted - offsetMs(guess, zone)).toISOString();
}

/** What clocks of the zone show at an instant, for a `datetime-local` input. */
export function localOf(instant: string, zone: string): string {
  const at = Date.parse(instant);
  return new Date(at + offsetMs(at, zone)).toISOString().slice(0, 16);
}

function offsetMs(at: number, zone: string): number {
  const options = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const parts = new Map(new Intl.DateTimeFormat("en", options).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name)!;
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(at / 1000) * 1000;
}
