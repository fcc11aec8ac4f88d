import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";

export type Status = Schemas["SlotStatusAnswer"];

/** A slot that nobody scores becomes late without an event; a look at half a minute shows it soon. */
const LOOK_EVERY_MS = 30_000;

export interface StatusQuery {
  last: number;
  /** The window to prove, instants; that of the slots without it. */
  from?: string;
  to?: string;
}

export function useStatus(query: Ref<StatusQuery>) {
  return useQuery({
    queryKey: computed(() => ["trips-status", query.value]),
    queryFn: ({ signal }) => answer(api.GET("/trips/status", { params: { query: query.value }, signal })),
    refetchInterval: LOOK_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}
