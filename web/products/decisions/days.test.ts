import { expect, test } from "vitest";
import { totalsByDay } from "./days";

const figure = (code: string, subject: string, days: Record<string, number>) => ({
  code,
  subject,
  unit: "decisions",
  days: Object.entries(days).map(([day, value]) => ({ day, value })),
});

test("days of all products are added, oldest first, and other figures left out", () => {
  const figures = [
    figure("decisions.by_day", "rental", { "2026-11-30": 4, "2026-11-29": 1 }),
    figure("decisions.by_day", "trips", { "2026-11-30": 2 }),
    figure("errors.by_day", "rental", { "2026-11-30": 100 }),
  ];
  expect(totalsByDay(figures)).toEqual([
    { day: "2026-11-29", value: 1 },
    { day: "2026-11-30", value: 6 },
  ]);
});
