import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Scalar } from "@/shared/form/contract";

export type Duration = Schemas["TripDuration"];

/** How long a trip will take, with reasons; null where the form is not complete. */
export function useDuration(trip: Ref<Record<string, Scalar> | null>) {
  return useQuery({
    queryKey: computed(() => ["trip-duration", trip.value]),
    queryFn: ({ signal }) => answer(api.POST("/trips/duration", { body: trip.value as unknown as Schemas["TripDurationRequest"], signal })),
    enabled: computed(() => trip.value !== null),
    placeholderData: keepPreviousData,
  });
}
