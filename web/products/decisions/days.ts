import type { Schemas } from "@/api/web";

type Figure = Schemas["DailyFigureAnswer"];

/** Decisions of all products by day, oldest first; a day that no product has counted is missing. */
export function totalsByDay(figures: readonly Figure[]): { day: string; value: number }[] {
  const totals = new Map<string, number>();
  for (const figure of figures.filter((each) => each.code === "decisions.by_day"))
    for (const { day, value } of figure.days) totals.set(day, (totals.get(day) ?? 0) + value);
  return [...totals].sort(([one], [other]) => one.localeCompare(other)).map(([day, value]) => ({ day, value }));
}
