import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";
import type { DecisionQuery } from "./search";

export type Listed = Schemas["ListedDecisionAnswer"];
export type Decision = Schemas["DecisionAnswer"];
export type Replay = Schemas["ReplayAnswer"];

/** Most decisions of one CSV file; see `limit` of `GET /decisions`. */
export const MOST_IN_CSV = 1_000;

/** The decisions of a search, newest first. */
export function useDecisions(query: Ref<DecisionQuery>) {
  return usePages<Listed>(
    () => ["decisions", "list", query.value],
    async (cursor, signal) => {
      const page = await answer(api.GET("/decisions", { params: { query: { ...query.value, ...(cursor ? { cursor } : {}) } }, signal }));
      return page as Schemas["DecisionList"]; // text only where `Accept` asks for CSV
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

/** The API keeps instants to the microsecond; a replay of the millisecond of a decision replays that decision. */
const WINDOW_MS = 1;

/** Answers one decision again by another version; nothing is recorded. */
export function useReplayOne(decision: MaybeRefOrGetter<Decision>) {
  return useMutation({
    mutationFn: (version: string) => {
      const { decided_at: since, model } = toValue(decision);
      const until = new Date(Date.parse(since) + WINDOW_MS).toISOString();
      return answer(api.POST("/replays", { body: { model: model.name, version, since, until, most: 1 } }));
    },
  });
}
