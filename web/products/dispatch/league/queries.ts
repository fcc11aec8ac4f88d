import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";

export type League = Schemas["LeagueAnswer"];
export type Standing = Schemas["LeagueStanding"];
export type Difference = Schemas["LeagueDifference"];
export type PolicyRelease = Schemas["PolicyReleaseAnswer"];
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

export function usePolicy() {
  return useQuery({
    queryKey: ["dispatch", "policy"],
    queryFn: ({ signal }) => answer(api.GET("/dispatch/policy", { signal })),
  });
}

/** The steps that change by which policy windows are matched. */
export function usePolicySteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["dispatch", "policy"] });
  const promote = useMutation({
    mutationFn: (body: { policy: string; reason: string; expected_release: number }) => answer(api.PUT("/dispatch/policy", { body })),
    onSettled,
  });
  const rollBack = useMutation({
    mutationFn: (body: { reason: string; expected_release: number }) => answer(api.POST("/dispatch/policy/rollback", { body })),
    onSettled,
  });
  return { promote, rollBack };
}
