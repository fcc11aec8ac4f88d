import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Body } from "../valuation/queries";

export type Price = Schemas["CarPrice"];

/** The price of a car with its reasons; asked for where the form is complete. */
export function useCarPrice(car: Ref<Body | null>) {
  return useQuery({
    queryKey: computed(() => ["resale-price", car.value]),
    queryFn: ({ signal }) => answer(api.POST("/resale/price", { body: car.value as unknown as Schemas["CarPriceRequest"], signal })),
    enabled: computed(() => car.value !== null),
    placeholderData: keepPreviousData,
  });
}
