// Figures of the first page: each with its trend, from what the API counts by day.
import type { Schemas } from "@/api/web";

type Figure = Schemas["DailyFigureAnswer"];

export interface Trend {
  code: string;
  subject: string;
  unit: string;
  days: readonly { day: string; value: number }[];
  /** Of the day that goes on. */
  today: number;
  /** Of the last whole day, against the mean of up to a week before it; null where there is nothing to compare with. */
  change: number | null;
}

const WEEK = 7;

/** @param figures days oldest first; the last day goes on. */
export function trends(figures: readonly Figure[]): Trend[] {
  return figures.map(({ code, subject, unit, days }) => {
    const whole = days.slice(0, -1);
    const before = whole.slice(0, -1).slice(-WEEK);
    const mean = before.reduce((sum, { value }) => sum + value, 0) / Math.max(before.length, 1);
    const last = whole.at(-1);
    return { code, subject, unit, days, today: days.at(-1)?.value ?? 0, change: last && mean > 0 ? last.value / mean - 1 : null };
  });
}

/** The days of all figures, newest first. */
export function daysOf(figures: readonly { days: readonly { day: string }[] }[]): string[] {
  return [...new Set(figures.flatMap(({ days }) => days.map(({ day }) => day)))].sort().reverse();
}
