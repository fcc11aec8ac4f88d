import { useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";

export type League = Schemas["LeagueAnswer"];
export type Standing = Schemas["LeagueStanding"];
export type Difference = Schemas["LeagueDifference"];
export type Policy = Schemas["LeaguePolicy"];

/** The city whose league comes with the platform. */
export const BUILT_IN = "synthetic";

export function useLeague(city: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["dispatch", "league", toValue(city)]),
    queryFn: ({ signal }) => answer(api.GET("/dispatch/league", { params: { query: { city: toValue(city) } }, signal })),
  });
}

export function useLeagues() {
  return useQuery({
    queryKey: ["dispatch", "leagues"],
    queryFn: ({ signal }) => answer(api.GET("/dispatch/leagues", { signal })),
  });
}
