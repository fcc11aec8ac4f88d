import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { rangePoint, type RangePoint } from "@/shared/chart/range-points";
import { answer, api, type Schemas } from "@/api/web";
import type { Scalar } from "@/shared/form/contract";

export type Listing = Schemas["RentalPriceRequest"];
export type Price = Schemas["RentalPrice"];
export type Exploration = Schemas["PriceExplorationAnswer"];
export type Body = Record<string, Scalar>;

/** The price of a listing with its reasons; null where the form is not complete. */
export function usePrice(listing: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["rental-price", listing.value]),
    queryFn: ({ signal }) => answer(api.POST("/rental/price", { body: listing.value as unknown as Listing, signal })),
    enabled: computed(() => listing.value !== null),
    placeholderData: keepPreviousData,
  });
}

/**
 * What the car would cost at other mileages and with other equipment. Nothing is recorded: what is only tried is no
 * decision.
 */
export function useExploration(car: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["rental-price-what-if", car.value]),
    queryFn: ({ signal }) => answer(api.POST("/rental/price/what-if", { body: car.value as unknown as Listing, signal })),
    enabled: computed(() => car.value !== null),
    placeholderData: keepPreviousData,
  });
}

/** The curve of an exploration as a chart takes it. */
export const curveOf = (exploration: Exploration): RangePoint[] =>
  exploration.over_mileage.map((point) => rangePoint(point.mileage, point.price_per_day, point.range));
