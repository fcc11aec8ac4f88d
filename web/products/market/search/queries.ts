import { keepPreviousData, useInfiniteQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api } from "@/api/web";
import type { SearchParameters } from "../listings/car";

const CARS_OF_A_PAGE = 24;

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
