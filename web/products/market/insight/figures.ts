// Figures of the market and of a dealer's own stock.
import type { paths } from "@/api/schema";
import type { Schemas } from "@/api/web";

export type MarketStock = Schemas["StockAnswer"];
export type OwnStock = Schemas["OwnStockAnswer"];
export type OwnCar = Schemas["OwnCarAnswer"];
export type Distribution = Schemas["MarketDistributionAnswer"];
export type Group = Schemas["StockGroupAnswer"];
export type Estimate = Schemas["MarketEstimateAnswer"];
export type MarketFilter = NonNullable<paths["/market/insight/stock"]["get"]["parameters"]["query"]>;

/** A number of cars under a name. */
export interface Count {
  key: string;
  name: string;
  cars: number;
}

/** A median as it is written: with its interval where there is one, a dash where there is none. */
export function estimateText({ value, low, high }: Estimate, text: (value: number) => string): string {
  if (value === null) return "–";
  return low === null || high === null ? text(value) : `${text(value)} (${text(low)} – ${text(high)})`;
}

/** What is asked for: words as they are typed, and nothing for an empty one. */
export function filterFrom({ make, model, currency }: { make: string; model: string; currency: string }): MarketFilter {
  const words = (typed: string) => (typed.trim() === "" ? undefined : [typed.trim()]);
  const entries = Object.entries({ make: words(make), model: words(model), currency: currency || undefined });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as MarketFilter;
}

/** Groups of ages with their names: from so many days to below the next. */
export function agesOf({ ages }: OwnStock): { from: number; to: number | null; cars: number }[] {
  return ages.map(({ from_days, cars }, place) => ({ from: from_days, to: ages[place + 1]?.from_days ?? null, cars }));
}
