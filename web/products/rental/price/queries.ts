import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Scalar } from "@/shared/form/contract";

export type Listing = Schemas["RentalPriceRequest"];
export type Price = Schemas["RentalPrice"];
type Body = Record<string, Scalar>;

/** The price of a listing with its reasons; null where the form is not complete. */
export function usePrice(listing: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["rental-price", listing.value]),
    queryFn: ({ signal }) => answer(api.POST("/rental/price", { body: listing.value as unknown as Listing, signal })),
    enabled: computed(() => listing.value !== null),
    placeholderData: keepPreviousData,
  });
}

export interface CurvePoint {
  at: number;
  price: number;
  low: number;
  high: number;
}

/** Prices of the same listing with other values of one field, in the order of `points`. */
export function usePriceCurve(listing: Ref<Body | null>, field: string, points: readonly number[]) {
  // the field itself does not change the curve: moving its slider asks for nothing
  const others = computed(() => (listing.value === null ? null : { ...listing.value, [field]: points[0] ?? null }));
  return useQuery({
    queryKey: computed(() => ["rental-price-curve", field, others.value]),
    queryFn: async ({ signal }): Promise<CurvePoint[]> => {
      const body = points.map((at) => ({ ...others.value, [field]: at })) as unknown as Listing[];
      const { results } = await answer(api.POST("/rental/prices", { body, signal }));
      return results.flatMap((result, index) =>
        "price_per_day" in result ? [{ at: points[index]!, price: result.price_per_day, low: result.range.low, high: result.range.high }] : [],
      );
    },
    enabled: computed(() => others.value !== null),
    placeholderData: keepPreviousData,
  });
}
