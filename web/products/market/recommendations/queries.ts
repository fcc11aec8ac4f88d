import { useQuery } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";

export type RecommendedCar = Schemas["RecommendedCarAnswer"];

const CARS_OF_A_SLATE = 24;

/** A slate for the person; it stays as it is until another one is asked for. */
export function useRecommendations() {
  return useQuery({
    queryKey: ["market", "recommendations"],
    queryFn: ({ signal }) => answer(api.GET("/market/recommendations", { params: { query: { limit: CARS_OF_A_SLATE } }, signal })),
    staleTime: Infinity,
  });
}
