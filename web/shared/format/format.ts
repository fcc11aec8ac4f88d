// Numbers, money, dates and durations for people. Every time is shown with its zone.

const number = memoized((language: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options));
const dates = memoized((language: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options));

/** Constructing a formatter costs a hundred times what using it does. */
function memoized<O extends object, F>(make: (language: string, options: O) => F) {
  const made = new Map<string, F>();
  return (language: string, options: O): F => {
    const key = language + JSON.stringify(options);
    let formatter = made.get(key);
    if (formatter === undefined) made.set(key, (formatter = make(language, options)));
    return formatter;
  };
}

export function formatNumber(language: string, value: number, digits?: number): string {
  return number(language, digits === undefined ? { maximumSignificantDigits: 7 } : { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A calendar year: digits without groups. */
export function formatYear(language: string, year: number): string {
  return number(language, { useGrouping: false }).format(year);
}

/** An amount in whole currency units (not cents). */
export function formatMoney(language: string, amount: number, currency: string, sign: "auto" | "exceptZero" = "auto"): string {
  return inOnePiece(number(language, { style: "currency", currency, signDisplay: sign }).format(amount));
}

/** Among text from right to left, a currency in Latin letters (`UK£`) would be torn apart: such an amount runs from left to right. */
function inOnePiece(amount: string): string {
  return amount.includes("\u200f") && /[A-Z]/.test(amount) ? `\u2066${amount.replaceAll("\u200f", "")}\u2069` : amount;
}

/** A price: whole amounts without cents, others with all of theirs. */
export function formatPrice(language: string, amount: number, currency: string): string {
  return inOnePiece(number(language, { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" }).format(amount));
}

/** An amount without its cents: for axes and what is only compared. */
export function formatRoundMoney(language: string, amount: number, currency: string): string {
  return inOnePiece(number(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(amount));
}

/** A change whose text has no sign of its own where it is more: with one before it, in Arabic too, as its own minus has. */
export function signedText(change: number, text: (value: number) => string): string {
  return change > 0 ? `\u200e+${text(change)}` : text(change);
}

/** A share in [0, 1]. */
export function formatShare(language: string, share: number, digits = 0): string {
  return number(language, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** A share by which something has changed: with its sign, unless it is none. */
export function formatShareChange(language: string, share: number, digits = 0): string {
  return number(language, { style: "percent", maximumFractionDigits: digits, signDisplay: "exceptZero" }).format(share);
}

/** An instant in a zone, which is named. */
export function formatInstant(language: string, instant: string, timeZone: string): string {
  return dates(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
    timeZoneName: "short",
  }).format(new Date(instant));
}

/** A day in a zone. */
export function formatDay(language: string, instant: string | number, timeZone: string): string {
  return dates(language, { year: "numeric", month: "short", day: "numeric", timeZone }).format(new Date(instant));
}

/** A calendar day as the API names it: `2026-11-30`. */
export function formatDate(language: string, day: string): string {
  return formatDay(language, `${day}T00:00:00Z`, "UTC");
}

/** What odometers count. */
export const DISTANCE_UNITS = ["km", "miles"] as const;
export type DistanceUnit = (typeof DISTANCE_UNITS)[number];
export const KM_PER_MILE = 1.609344;

/** A distance on an odometer, in whole units. */
export function formatDistance(language: string, distance: number, unit: DistanceUnit): string {
  return number(language, { style: "unit", unit: unit === "km" ? "kilometer" : "mile", unitDisplay: "short", maximumFractionDigits: 0 }).format(distance);
}

/** The name of a country (`GB`) or a currency (`GBP`) in the language; the code itself where there is none. */
export function formatName(language: string, type: "region" | "currency", code: string): string {
  try {
    return new Intl.DisplayNames([language], { type }).of(code) ?? code;
  } catch {
    return code; // it has not the form of a code
  }
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** A length of time in its two largest units, for example "2 h 5 min"; `seconds` may be below 0. */
export function formatDuration(language: string, seconds: number): string {
  const length = Math.round(Math.abs(seconds));
  const start = UNITS.findIndex(([, size]) => length >= size);
  if (start < 0) return part(language, 0, "second");
  const [unit, size] = UNITS[start]!;
  const next = UNITS[start + 1];
  const parts = [part(language, Math.floor(length / size), unit)];
  const rest = next ? Math.floor((length % size) / next[1]) : 0;
  if (next && rest > 0) parts.push(part(language, rest, next[0]));
  const text = parts.join(" ");
  return seconds < 0 ? `−${text}` : text;
}

function part(language: string, value: number, unit: string): string {
  return number(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
}

/** How long ago or ahead an instant is, for example "3 minutes ago". */
export function formatRelative(language: string, instant: string, now: number): string {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}
