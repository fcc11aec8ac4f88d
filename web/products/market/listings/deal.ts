// What a listing's price is for a buyer, as it is drawn everywhere.
import type { PricedWorth } from "@/shared/deal/deal";
import type { Listing } from "./car";

/** The valuation with the price that is asked; null where there is none. */
export function pricedWorth({ valuation, listing }: Pick<Listing, "valuation" | "listing">): PricedWorth | null {
  if (valuation === null) return null;
  const { value, low, high, coverage, currency, rating } = valuation;
  return { value, currency, rating, range: { low, high, coverage }, asking_price: listing.price };
}
