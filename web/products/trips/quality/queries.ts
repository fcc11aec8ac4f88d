import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api } from "@/api/web";
import type { Grouping } from "./figures";

export interface QualityWindow {
  from: string;
  to: string;
}

/** The quality in a window by one grouping; waits until `mayAsk`. A statement may take the database some seconds. */
export function useQuality(window: Ref<QualityWindow | null>, by: Grouping, mayAsk: () => boolean = () => true) {
  return useQuery({
    queryKey: computed(() => ["trips-quality", by, window.value]),
    queryFn: ({ signal }) => answer(api.GET("/trips/quality", { params: { query: { ...window.value, by } }, signal })),
    enabled: computed(() => window.value !== null && mayAsk()),
    placeholderData: keepPreviousData,
  });
}
