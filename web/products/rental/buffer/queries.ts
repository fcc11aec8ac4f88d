import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { useUpload } from "@/shared/upload/use-upload";
import { unlessLive } from "@/shared/page/live";
import { isTransient, problemOf } from "@/shared/problem/problem";
import { hasBegun, type DecideRequest } from "./figures";

export type Frontier = Schemas["FrontierAnswered"];
export type Decision = Schemas["DecisionAnswered"];
export type BreakEven = Schemas["BreakEvenAnswered"];
export type Analysis = Schemas["AnalysisAnswered"];
export type Policy = Schemas["PolicyAnswered"];
export type Outcome = Schemas["OutcomeAnswered"];
export type CheckRequest = Schemas["CheckRequest"];
export type PolicyRequest = Schemas["PolicyRequest"];

/** Distance of the points of a frontier, minutes. */
export const STEP_MIN = 15;
const POLL_MS = 2_000;
/** After a start the installation's table is analyzed in the background; that takes less than this. */
const PATIENCE = { every: 5_000, times: 24 };

const isNotReady = (error: unknown) => problemOf(error).code === "rental.analysis_not_ready";
const patient = {
  retry: (failures: number, error: unknown) => (isNotReady(error) ? failures < PATIENCE.times : failures < 2 && isTransient(error)),
  retryDelay: (failures: number, error: unknown) => (isNotReady(error) ? PATIENCE.every : 1_000 * 2 ** failures),
};
const of = (analysis: string) => (analysis ? { analysis } : {});

type Scope = "all" | "connect" | "mobile";
export const frontierQuery = (scope: Scope, analysis: string) => ({ scope, step_min: STEP_MIN, ...of(analysis) });

/** The frontier of a scope; `analysis` is empty for the installation's table. */
export function useFrontier(scope: Ref<Scope>, analysis: Ref<string>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-frontier", scope.value, analysis.value]),
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/frontier", { params: { query: frontierQuery(scope.value, analysis.value) }, signal })),
    placeholderData: keepPreviousData,
    ...patient,
  });
}

/** The one point of a pair of thresholds; nothing is asked for while it is null. */
export function usePair(pair: Ref<{ connect_min: number; mobile_min: number } | null>, analysis: Ref<string>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-pair", pair.value, analysis.value]),
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/frontier", { params: { query: { ...pair.value, ...of(analysis.value) } }, signal })),
    enabled: computed(() => pair.value !== null),
    placeholderData: keepPreviousData,
    ...patient,
  });
}

/** The best thresholds, or break-even ratios where the body has no amounts. */
export function useDecision(body: Ref<DecideRequest | null>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-decide", body.value]),
    queryFn: ({ signal }) => answer(api.POST("/rental/buffer/decide", { body: body.value!, signal })),
    enabled: computed(() => body.value !== null),
    placeholderData: keepPreviousData,
    ...patient,
  });
}

export function useAnswers(analysis: Ref<string>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-answers", analysis.value]),
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/answers", { params: { query: of(analysis.value) }, signal })),
    ...patient,
  });
}

/** How many rentals of the table are alike; explored here without asking again. */
export function useGroups(analysis: Ref<string>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-groups", analysis.value]),
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/groups", { params: { query: of(analysis.value) }, signal })),
    ...patient,
  });
}

/** How an analysis stands; asked again while it is at work and somebody looks. */
export function useAnalysis(id: Ref<string | undefined>, isAllowed = true) {
  const every = unlessLive(POLL_MS);
  return useQuery({
    queryKey: computed(() => ["rental-buffer-analysis", id.value]),
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/analyses/{analysis_id}", { params: { path: { analysis_id: id.value! } }, signal })),
    enabled: computed(() => Boolean(id.value) && isAllowed),
    refetchInterval: ({ state }) => (state.data && isAtWork(state.data) ? every.value : false),
  });
}

export const isAtWork = ({ status }: Pick<Analysis, "status">) => status === "queued" || status === "running";

/** The policy in force; not asked for where `history` shows that there is none. */
export function usePolicy(history: Ref<readonly Policy[] | undefined>) {
  return useQuery({
    queryKey: ["rental-buffer-policy"],
    queryFn: ({ signal }) => answer(api.GET("/rental/buffer/policy", { signal })),
    enabled: computed(() => hasBegun(history.value ?? [])),
  });
}

export function usePolicyHistory() {
  return useQuery({
    queryKey: ["rental-buffer-policy-history"],
    queryFn: async ({ signal }) => (await answer(api.GET("/rental/buffer/policy/history", { signal }))).items,
  });
}

/** A version (that in force where it is empty) beside the rentals of an uploaded analysis. */
export function useOutcome(analysis: Ref<string>, version: Ref<string>) {
  return useQuery({
    queryKey: computed(() => ["rental-buffer-outcome", analysis.value, version.value]),
    queryFn: ({ signal }) =>
      answer(
        api.GET("/rental/buffer/policy/outcome", {
          params: { query: { analysis: analysis.value, ...(version.value ? { version: Number(version.value) } : {}) } },
          signal,
        }),
      ),
    enabled: computed(() => analysis.value !== ""),
  });
}

export function useSetPolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PolicyRequest) => answer(api.PUT("/rental/buffer/policy", { body })),
    onSuccess: () => Promise.all(["rental-buffer-policy", "rental-buffer-policy-history"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

/** Each check is a decision in the ledger, so it is made when asked for and not while somebody types. */
export function useCheck() {
  return useMutation({ mutationFn: (body: CheckRequest) => answer(api.POST("/rental/buffer/check", { body })) });
}

/** Uploads a table of one's own; the answer is the analysis that begins. `sent`: how much of it has left. */
export function useStartAnalysis() {
  const { sent, upload } = useUpload();
  const start = useMutation({
    mutationFn: (file: File) => upload(file, (options) => answer(api.POST("/rental/buffer/analyses", options))),
  });
  return { start, sent };
}
