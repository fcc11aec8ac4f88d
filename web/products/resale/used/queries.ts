import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Body } from "../valuation/queries";
import type { MarketName } from "./markets";

// The markets answer alike but for the names of their fields: the types of one stand for all.
type Uk = "/resale/used/uk";
export type Deal = Pick<Schemas["UkUsedCarDeal"], "rating" | "asking_price" | "difference">;
export type Valuation = Schemas["UkUsedCar"] & Partial<Deal>;
export type Curves = Schemas["UsedCarCurves"];
export type Outlook = Schemas["UkUsedCarOutlook"];

const whatever = (body: Body | null) => body as never;

/** The route that values a car: where its asking price is in the body, with a rating of it. */
export const valuationPath = (market: MarketName, body: Body | null) => `/resale/used/${market}/${body && "asking_price" in body ? "deal" : "value"}`;

/** What the car is worth and why, and how its asking price stands to that. */
export function useValuation(market: MarketName, car: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["used-valuation", market, car.value]),
    queryFn: ({ signal }): Promise<Valuation> => answer(api.POST(valuationPath(market, car.value) as `${Uk}/value`, { body: whatever(car.value), signal })),
    enabled: computed(() => car.value !== null),
    placeholderData: keepPreviousData,
  });
}

/** The value of the car with other distances and at other ages. */
export function useCurves(market: MarketName, car: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["used-curves", market, car.value]),
    queryFn: ({ signal }): Promise<Curves> => answer(api.POST(`/resale/used/${market}/curve` as `${Uk}/curve`, { body: whatever(car.value), signal })),
    enabled: computed(() => car.value !== null),
    placeholderData: keepPreviousData,
  });
}

/** The value of the car in the years to come. */
export function useOutlook(market: MarketName, plan: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["used-outlook", market, plan.value]),
    queryFn: ({ signal }): Promise<Outlook> => answer(api.POST(`/resale/used/${market}/outlook` as `${Uk}/outlook`, { body: whatever(plan.value), signal })),
    enabled: computed(() => plan.value !== null),
    placeholderData: keepPreviousData,
  });
}
