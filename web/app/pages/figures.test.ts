import { expect, it } from "vitest";
import { daysOf, trends } from "./figures";

const days = (...values: number[]) => values.map((value, index) => ({ day: `2026-11-${String(index + 1).padStart(2, "0")}`, value }));
const figure = (...values: number[]) => ({ code: "decisions.by_day", subject: "rental", unit: "decisions", days: days(...values) });

it("the last whole day is compared with the week before it, not with the day that goes on", () => {
  const [trend] = trends([figure(900, 10, 10, 10, 10, 10, 10, 10, 15, 3)]);
  expect(trend).toMatchObject({ subject: "rental", today: 3 });
  expect(trend!.change).toBeCloseTo(0.5);
});

it.each([[[]], [[4]], [[4, 2]], [[0, 5, 1]]])("%j has no trend yet", (values) => {
  expect(trends([figure(...values)])[0]!.change).toBeNull();
});

it("without days there is nothing today", () => {
  expect(trends([figure()])[0]!.today).toBe(0);
});

it("the days of all figures are listed once, newest first", () => {
  expect(daysOf([figure(1, 2), { days: [{ day: "2026-11-02" }, { day: "2026-10-31" }] }])).toEqual(["2026-11-02", "2026-11-01", "2026-10-31"]);
});
