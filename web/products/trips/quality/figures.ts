// The figures of quality, and how far each is from what it should be.
import type { Schemas } from "@/api/web";

export type Quality = Schemas["QualityAnswer"];
export type Figures = Schemas["QualityFigures"];
export type Group = Schemas["GroupFigures"];
export type Estimate = Schemas["EstimateAnswer"];

export const METRICS = ["mean_absolute_error_min", "bias_min", "coverage", "gain_min"] as const;
export type Metric = (typeof METRICS)[number];

/** The share of trips that ranges promise to cover. */
export const PROMISED_COVERAGE = 0.9;

/** What a metric is compared with: the point at which a colour changes its side; null for one that has no such point. */
export const NEUTRAL: Record<Metric, number | null> = { mean_absolute_error_min: null, bias_min: 0, coverage: PROMISED_COVERAGE, gain_min: 0 };

/** Grouped by these, each with one request. */
export const GROUPINGS = ["area", "hour", "version", "model_age"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Shade {
  /** Above or below the neutral point. */
  isAbove: boolean;
  /** 0 to 1. */
  strength: number;
}

/** How strongly each value is coloured: by its distance from the neutral point, or from the lowest value where there is none. */
export function shadesOf(values: ReadonlyMap<number, number | null>, neutral: number | null): Map<number, Shade> {
  const known = [...values].filter((entry): entry is [number, number] => entry[1] !== null);
  const numbers = known.map(([, value]) => value);
  const from = neutral ?? Math.min(...numbers);
  const most = Math.max(Number.EPSILON, ...numbers.map((value) => Math.abs(value - from)));
  return new Map(known.map(([key, value]) => [key, { isAbove: value >= from, strength: Math.abs(value - from) / most }]));
}

/** The name of a group. */
export const labelOf = (group: Group, by: Grouping): number | string => group[by] ?? "unknown";

/** The ends of an axis that shows all intervals and the neutral point. */
export function extentOf(estimates: readonly Estimate[], neutral: number | null): { low: number; high: number } {
  const values = estimates.flatMap(({ value, low, high }) => [value, low, high]).filter((value): value is number => value !== null);
  if (neutral !== null) values.push(neutral);
  if (values.length === 0) return { low: 0, high: 1 };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = (high - low || 1) * 0.06;
  return { low: low - margin, high: high + margin };
}
