import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Body } from "../valuation/queries";

export type Segment = Schemas["ListedSegment"];
export type Assignment = Schemas["BuyerSegment"];

/** The segments of the live version, largest first. */
export function useSegments() {
  return useQuery({ queryKey: ["segments"], queryFn: ({ signal }) => answer(api.GET("/resale/segments", { signal })) });
}

/** The segment of a buyer with these interactions; asked for where they are complete. */
export function useAssignment(interactions: Ref<Body[] | null>) {
  return useQuery({
    queryKey: computed(() => ["segment-of", interactions.value]),
    queryFn: ({ signal }) =>
      answer(api.POST("/resale/segments/assign", { body: { interactions: interactions.value } as unknown as Schemas["BuyerSegmentRequest"], signal })),
    enabled: computed(() => interactions.value !== null),
    placeholderData: keepPreviousData,
  });
}
