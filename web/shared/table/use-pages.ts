import { keepPreviousData, useInfiniteQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, toValue } from "vue";
import { usePageSize } from "@/app/preferences";

interface CursorPage<Row> {
  items: Row[];
  next?: string | null;
}

/** Which rows are asked for: parameters of the request. */
export interface PageRequest {
  limit: number;
  cursor?: string;
}

export type Pages<Row> = ReturnType<typeof usePages<Row>>;

/**
 * The rows of a list that the server answers in pages by cursor, each as long as the person prefers.
 *
 * @param key what the answer depends on; a change begins at the first page; until it is there the former rows stay (`isPlaceholderData`).
 * @param fetchPage one page; hand its signal to the client, so that a superseded request ends.
 * @param enabled whether there is anything to ask for.
 */
export function usePages<Row>(key: MaybeRefOrGetter<readonly unknown[]>, fetchPage: (page: PageRequest, signal: AbortSignal) => Promise<CursorPage<Row>>, enabled: MaybeRefOrGetter<boolean> = true) {
  const limit = usePageSize();
  const query = useInfiniteQuery({
    queryKey: computed(() => [...toValue(key), { limit: limit.value }]),
    queryFn: ({ pageParam, signal }) => fetchPage({ limit: limit.value, ...(pageParam === undefined ? {} : { cursor: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: computed(() => toValue(enabled)),
  });
  const rows = computed(() => query.data.value?.pages.flatMap((page) => page.items));
  return { ...query, rows };
}
