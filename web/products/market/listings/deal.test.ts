import { expect, it } from "vitest";
import type { Listing } from "./car";
import { pricedWorth } from "./deal";

const VALUATION = { value: 10_000, low: 9_000, high: 11_000, coverage: 0.9, currency: "GBP", rating: "great", price_share: 0.85 };

it("is the valuation with the price that is asked now", () => {
  const listing = { valuation: VALUATION, listing: { price: 8_500 } } as unknown as Listing;
  expect(pricedWorth(listing)).toEqual({ value: 10_000, currency: "GBP", rating: "great", range: { low: 9_000, high: 11_000, coverage: 0.9 }, asking_price: 8_500 });
});
it("is nothing where there is no valuation", () => {
  expect(pricedWorth({ valuation: null, listing: { price: 1 } } as unknown as Listing)).toBeNull();
});
