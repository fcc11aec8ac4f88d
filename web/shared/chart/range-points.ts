import type { Schemas } from "@/api/web";

/** A value with its range at one place of a curve. */
export interface RangePoint {
  at: number;
  value: number;
  low: number;
  high: number;
}

/** A point of the API's curves. */
export function rangePoint(at: number, value: number, range: Schemas["RangeAnswer"]): RangePoint {
  return { at, value, low: range.low, high: range.high };
}
