// Where an asking price stands in the range of a value: the rule of `resale/used/domain/deal.py`, to draw it.

/** From the best deal for a buyer to the worst. */
export const RATINGS = ["great", "good", "fair", "high", "overpriced"] as const;
export type Rating = (typeof RATINGS)[number];

export interface Worth {
  value: number;
  low: number;
  high: number;
}

/** A value with its range, and a price that is asked with the rating of it. */
export interface PricedWorth {
  value: number;
  currency: string;
  range: { low: number; high: number; /** Share of such listings that the range holds. */ coverage: number };
  asking_price?: number;
  rating?: Rating;
}

/** The prices of one rating; null at the end that is open. */
export interface Zone {
  rating: Rating;
  from: number | null;
  to: number | null;
}

/** The five zones, cheapest first: outside the range is strong evidence, the middle half of either side is none. */
export function zonesOf({ value, low, high }: Worth): Zone[] {
  const edges = [null, low, (low + value) / 2, (value + high) / 2, high, null];
  return RATINGS.map((rating, index) => ({ rating, from: edges[index]!, to: edges[index + 1]! }));
}

/** So much of the range's width is drawn on either side of it. */
const MARGIN = 0.6;

/**
 * The line on which value, range and asking price are drawn. It depends on the range only, so that it stays where it
 * is while the asking price moves.
 */
export function gaugeOf({ value, low, high }: Worth) {
  const width = Math.max(high - low, Number.EPSILON * value, Number.MIN_VALUE);
  const start = low - MARGIN * width;
  const whole = width * (1 + 2 * MARGIN);
  return {
    start,
    end: start + whole,
    /** Share of the line before an amount, in [0, 1]; what lies beyond an end stands at it. */
    place: (amount: number) => Math.min(1, Math.max(0, (amount - start) / whole)),
  };
}
