// What was asked for a car over time.
import type { Listing } from "./car";

export interface PriceStep {
  /** Since when, an instant. */
  since: string;
  price: number;
  currency: string;
  /** Against the price before; null for the first, and where the currency changed. */
  change: number | null;
}

/** The prices, oldest first, each with what it changed. */
export function priceSteps(prices: Listing["prices"]): PriceStep[] {
  return prices.map(({ since, price, currency }, index) => {
    const before = prices[index - 1];
    return { since, price, currency, change: before?.currency === currency ? price - before.price : null };
  });
}

/**
 * The line of the chart, in the currency that is asked now: since when each price stood, up to the end.
 *
 * @param end milliseconds.
 */
export function priceLine(steps: readonly PriceStep[], end: number): { at: number; price: number }[] {
  const now = steps.at(-1);
  if (now === undefined) return [];
  const first = steps.findLastIndex(({ currency }) => currency !== now.currency) + 1;
  const line = steps.slice(first).map(({ since, price }) => ({ at: Date.parse(since), price }));
  return [...line, { at: Math.max(end, line.at(-1)!.at), price: now.price }];
}
