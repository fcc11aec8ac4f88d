import { rangePoint, type RangePoint } from "@/shared/chart/range-points";
import type { Outlook } from "./queries";

export interface OutlookPoint extends RangePoint {
  /** On the odometer by then; null where it is not known. */
  distance: number | null;
  /** So old or so far driven a car is not in the table. */
  isBeyondTable: boolean;
}

/** The value now and in each year of an outlook. `at` is in years from now. */
export function outlookPoints(outlook: Outlook, distanceNow: unknown): OutlookPoint[] {
  const now = { ...rangePoint(0, outlook.value, outlook.range), distance: typeof distanceNow === "number" ? distanceNow : null, isBeyondTable: false };
  const future = outlook.years.map((year) => ({ ...rangePoint(year.years, year.value, year.range), distance: distanceOf(year), isBeyondTable: year.beyond_table }));
  return [now, ...future];
}

/** The distance has its unit in its name, which differs by market. */
function distanceOf(year: object): number | null {
  const distance = Object.entries(year).find(([name]) => name.startsWith("mileage_"))?.[1] as unknown;
  return typeof distance === "number" ? distance : null;
}
