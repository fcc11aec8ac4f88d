import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { SearchParameters } from "../listings/car";

export type SimilarReason = Schemas["SimilarReasonAnswer"];

const CARS_OF_A_PAGE = 24;
const MOST_SIMILAR = 6;

/** The cars of a search in pages by cursor; the first page has the counts, which the others need not repeat. */
export function useSearch(parameters: Ref<SearchParameters>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => ["market", "search", parameters.value]),
    queryFn: ({ pageParam, signal }) => {
      const page = pageParam === undefined ? {} : { cursor: pageParam, facets: false };
      return answer(api.GET("/market/search", { params: { query: { ...parameters.value, limit: CARS_OF_A_PAGE, ...page } }, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  /** What is said of all cars of the search. */
  const found = computed(() => query.data.value?.pages[0]);
  const cars = computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []);
  return { ...query, found, cars };
}

/** Where the cars stand that pass a filter; null asks for nothing. */
export function useCarMap(filter: Ref<SearchParameters | null>) {
  return useQuery({
    queryKey: computed(() => ["market", "map", filter.value]),
    queryFn: ({ signal }) => answer(api.GET("/market/search/cells", { params: { query: filter.value ?? {} }, signal })),
    enabled: computed(() => filter.value !== null),
    placeholderData: keepPreviousData,
  });
}

/** The live cars most like a listing, least different first. */
export function useSimilar(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["market", "similar", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/market/listings/{listing_id}/similar", { params: { path: { listing_id: toValue(id) }, query: { limit: MOST_SIMILAR } }, signal })),
  });
}
