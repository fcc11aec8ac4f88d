import { expect, it } from "vitest";
import { outlookPoints } from "./outlook";
import type { Outlook } from "./queries";

const range = { low: 8, high: 12, coverage: 0.9 };

it("an outlook begins now, and reads the distance in the unit of its market", () => {
  const year = { years: 1, value: 9, range: { ...range, low: 6 }, beyond_table: true, mileage_km: 73_800 };
  const outlook = { value: 10, range, years: [year] } as unknown as Outlook;
  expect(outlookPoints(outlook, 60_000)).toEqual([
    { at: 0, value: 10, low: 8, high: 12, distance: 60_000, isBeyondTable: false },
    { at: 1, value: 9, low: 6, high: 12, distance: 73_800, isBeyondTable: true },
  ]);
});
