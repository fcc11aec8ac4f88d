import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, watch, type MaybeRefOrGetter } from "vue";
import { may } from "@/app/session/session";
import { answer, api, type Schemas } from "@/api/web";
import { unlessLive } from "@/shared/page/live";
import { isOpen, LOOK_EVERY_MS as TASK_EVERY_MS } from "@/shared/task/use-task";

export type Summary = Schemas["ModelSummary"];
export type Version = Schemas["VersionAnswer"];
export type Release = Schemas["ReleaseAnswer"];
export type Comparison = Schemas["TrialComparison"];
export type Details = Schemas["VersionDetails"];
export type Difference = Pick<Comparison, "decisions" | "identical" | "failed" | "moved_share" | "change" | "affected" | "largest" | "unmoved" | "histogram">;
export type Replay = Schemas["ReplayAnswer"];

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

/** A version with its report, recipe and card. An empty version asks for nothing. */
export function useVersion(name: MaybeRefOrGetter<string>, version: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["models", toValue(name), "version", toValue(version)]),
    queryFn: ({ signal }) => answer(api.GET("/models/{name}/versions/{version}", { params: { path: { name: toValue(name), version: toValue(version) } }, signal })),
    enabled: computed(() => toValue(version) !== ""),
    staleTime: Infinity, // a version never changes
  });
}

/** Trainings among which the last one of a model is looked for. */
const TRAININGS = 50;

/** The last training of a model, whoever began it: the page shows it again after a reload. What it made is shown at its end. */
export function useTraining(name: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  const [whileOpen, otherwise] = [unlessLive(TASK_EVERY_MS), unlessLive(LOOK_EVERY_MS)];
  const last = useQuery({
    queryKey: computed(() => ["tasks", "trainings", toValue(name)]),
    queryFn: async ({ signal }) => {
      const { items } = await answer(api.GET("/tasks", { params: { query: { name: "models.train", limit: TRAININGS } }, signal }));
      return items.find((task) => task.arguments["model"] === toValue(name)) ?? null;
    },
    enabled: computed(() => may("tasks:read")),
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data) ? whileOpen.value : otherwise.value),
  });
  watch(
    () => last.data.value?.state,
    (state, before) => {
      if (before !== undefined && state === "succeeded") void queries.invalidateQueries({ queryKey: ["models"] });
    },
  );
  const start = useMutation({
    mutationFn: () => answer(api.POST("/models/{name}/trainings", { params: { path: { name: toValue(name) } }, body: { settings: {} } })),
    onSuccess: (task) => queries.setQueryData(["tasks", "trainings", toValue(name)], task),
  });
  return { last, start };
}

/** Has logged decisions answered by a version in the background; the task, whose result is a `Replay`. */
export function usePreview(name: MaybeRefOrGetter<string>) {
  return useMutation({
    mutationFn: (body: { version: string; since: string; until: string }) =>
      answer(api.POST("/models/{name}/previews", { params: { path: { name: toValue(name) } }, body: { ...body, most: MOST_PREVIEWED } })),
  });
}
/** Of a window: so many are replayed in less than a minute. */
const MOST_PREVIEWED = 20_000;

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
    mutationFn: (body: { version: string; reason: string; share: number }) => answer(api.POST("/models/{name}/load", { params: path(), body })),
    onSettled,
  });
  const endTrial = useMutation({
    mutationFn: (reason: string) => answer(api.POST("/models/{name}/unload", { params: path(), body: { reason } })),
    onSettled,
  });
  return { promote, rollBack, tryOut, endTrial };
}
