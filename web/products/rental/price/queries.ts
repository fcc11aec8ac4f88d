import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { rangePoint, type RangePoint } from "@/shared/chart/range-points";
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

/** Prices of the same listing with other values of one field, in the order of `points`. */
export function usePriceCurve(listing: Ref<Body | null>, field: string, points: readonly number[]) {
  // the field itself does not change the curve: moving its slider asks for nothing
  const others = computed(() => (listing.value === null ? null : { ...listing.value, [field]: points[0] ?? null }));
  return useQuery({
    queryKey: computed(() => ["rental-price-curve", field, others.value]),
    queryFn: async ({ signal }): Promise<RangePoint[]> => {
      const body = points.map((at) => ({ ...others.value, [field]: at })) as unknown as Listing[];
      const { results } = await answer(api.POST("/rental/prices", { body, signal }));
      return results.flatMap((result, index) =>
        "price_per_day" in result ? [rangePoint(points[index]!, result.price_per_day, result.range)] : [],
      );
    },
    enabled: computed(() => others.value !== null),
    placeholderData: keepPreviousData,
  });
}
