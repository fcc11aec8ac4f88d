import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api } from "@/api/web";
import type { MarketFilter } from "./figures";

/** The figures of the cars on sale that pass a filter. */
export function useMarketStock(filter: MaybeRefOrGetter<MarketFilter>) {
  return useQuery({
    queryKey: computed(() => ["market", "insight", "stock", toValue(filter)]),
    queryFn: ({ signal }) => answer(api.GET("/market/insight/stock", { params: { query: toValue(filter) }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** The figures of the stock of the company, or branch, that the session acts for. */
export function useOwnStock() {
  return useQuery({
    queryKey: ["market", "insight", "own"],
    queryFn: ({ signal }) => answer(api.GET("/market/insight/own", { signal })),
  });
}
