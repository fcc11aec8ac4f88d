import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";
import type { DecisionQuery } from "./search";

export type Listed = Schemas["ListedDecisionAnswer"];
export type Decision = Schemas["DecisionAnswer"];
export type Reasons = Schemas["DecisionReasonsAnswer"];

/** Most decisions of one CSV file; see `limit` of `GET /decisions`. */
export const MOST_IN_CSV = 1_000;

/** The decisions of a search, newest first. */
export function useDecisions(query: Ref<DecisionQuery>) {
  return usePages<Listed>(
    () => ["decisions", "list", query.value],
    async (page, signal) => {
      const found = await answer(api.GET("/decisions", { params: { query: { ...query.value, ...page } }, signal }));
      return found as Schemas["DecisionList"]; // text only where `Accept` asks for CSV
    },
  );
}

/** The newest decisions of a search as the API's own CSV, with everything that each holds. */
export async function decisionsAsCsv(query: DecisionQuery): Promise<string> {
  const call = api.GET("/decisions", { params: { query: { ...query, limit: MOST_IN_CSV } }, headers: { Accept: "text/csv" }, parseAs: "text" });
  return (await answer(call as Promise<{ data?: string }>)) ?? "";
}

export function useDecision(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["decisions", "one", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/decisions/{decision_id}", { params: { path: { decision_id: toValue(id) } }, signal })),
  });
}

/** Records what proved true of a decision. */
export function useRecordOutcome(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["OutcomeRequest"]) =>
      answer(api.POST("/decisions/{decision_id}/outcome", { params: { path: { decision_id: toValue(id) } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["decisions"] }),
  });
}

export function useVersions(model: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(model), "versions"]),
    queryFn: async ({ signal }) => (await answer(api.GET("/models/{name}/versions", { params: { path: { name: toValue(model) } }, signal }))).items,
    enabled: computed(() => toValue(enabled)),
  });
}

/** Why the version that made a decision answered so; asked again of that version, for the ledger keeps no reasons. */
export function useReasons(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["decision-reasons", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/decisions/{decision_id}/reasons", { params: { path: { decision_id: toValue(id) } }, signal })),
    staleTime: Infinity, // neither the decision nor the version ever changes
  });
}

/** What another version answers to the same request, and why; nothing is recorded. */
export function useOtherReasons(id: MaybeRefOrGetter<string>) {
  return useMutation({
    mutationFn: (version: string) => answer(api.GET("/decisions/{decision_id}/reasons", { params: { path: { decision_id: toValue(id) }, query: { version } } })),
  });
}
