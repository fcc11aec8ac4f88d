import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { unlessLive } from "@/shared/page/live";

export type Summary = Schemas["ModelSummary"];
export type Version = Schemas["VersionAnswer"];
export type Release = Schemas["ReleaseAnswer"];
export type Comparison = Schemas["TrialComparison"];

/** Without a stream, a release by somebody else shows within this time while the page is seen. */
const LOOK_EVERY_MS = 15_000;

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async ({ signal }) => (await answer(api.GET("/models", { signal }))).items,
    refetchInterval: unlessLive(LOOK_EVERY_MS),
  });
}

export function useModel(name: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(name)]),
    queryFn: ({ signal }) => answer(api.GET("/models/{name}", { params: { path: { name: toValue(name) } }, signal })),
    refetchInterval: unlessLive(LOOK_EVERY_MS),
  });
}

export function useVersions(name: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(name), "versions"]),
    queryFn: async ({ signal }) => (await answer(api.GET("/models/{name}/versions", { params: { path: { name: toValue(name) } }, signal }))).items,
  });
}

export function useHistory(name: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(name), "history"]),
    queryFn: async ({ signal }) => (await answer(api.GET("/models/{name}/history", { params: { path: { name: toValue(name) } }, signal }))).items,
  });
}

export function useComparison(name: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(name), "comparison"]),
    queryFn: ({ signal }) => answer(api.GET("/models/{name}/comparison", { params: { path: { name: toValue(name) } }, signal })),
    refetchInterval: LOOK_EVERY_MS, // answers of a trial have no topic
  });
}

/** The steps that change what answers; all that is shown of the model is asked for again after each. */
export function useReleases(name: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  const path = () => ({ path: { name: toValue(name) } });
  const onSettled = () => queries.invalidateQueries({ queryKey: ["models"] });

  const promote = useMutation({
    mutationFn: (body: { version: string; reason: string }) => answer(api.POST("/models/{name}/promote", { params: path(), body })),
    onSettled,
  });
  const rollBack = useMutation({
    mutationFn: (reason: string) => answer(api.POST("/models/{name}/rollback", { params: path(), body: { reason } })),
    onSettled,
  });
  const tryOut = useMutation({
    mutationFn: (body: { version: string; reason: string }) => answer(api.POST("/models/{name}/load", { params: path(), body: { ...body, share: 0 } })),
    onSettled,
  });
  const endTrial = useMutation({
    mutationFn: (reason: string) => answer(api.POST("/models/{name}/unload", { params: path(), body: { reason } })),
    onSettled,
  });
  return { promote, rollBack, tryOut, endTrial };
}
