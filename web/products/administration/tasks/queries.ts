import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { unlessLive } from "@/shared/page/live";
import { usePages } from "@/shared/table/use-pages";

export type Task = Schemas["TaskAnswer"];
export type TaskState = Schemas["TaskState"];

export const TASK_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const satisfies readonly TaskState[];
export const STATE_MEANING = { queued: "plain", running: "plain", succeeded: "good", failed: "bad", cancelled: "warn" } as const;

/** Without a stream, a task that is done shows within this time, while somebody looks. */
const LOOK_EVERY_MS = 5_000;
/** Who works has no topic. */
const LOOK_FOR_WORKERS_EVERY_MS = 15_000;

/** Whether a task may still change by itself. */
export const isOpen = (task: Pick<Task, "state">): boolean => task.state === "queued" || task.state === "running";

export interface TaskFilter {
  state?: TaskState;
  name?: string;
}

export function useTasks(filter: MaybeRefOrGetter<TaskFilter>) {
  return usePages<Task>(
    () => ["tasks", "list", toValue(filter)],
    (cursor, signal) => answer(api.GET("/tasks", { params: { query: { ...toValue(filter), ...(cursor ? { cursor } : {}) } }, signal })),
  );
}

export function useTaskStatus() {
  return useQuery({
    queryKey: ["tasks", "status"],
    queryFn: ({ signal }) => answer(api.GET("/tasks/status", { signal })),
    refetchInterval: LOOK_FOR_WORKERS_EVERY_MS,
  });
}

/** One task; asked for again while it may change. Null asks for nothing. */
export function useTask(id: MaybeRefOrGetter<string | null>) {
  const every = unlessLive(LOOK_EVERY_MS);
  return useQuery({
    queryKey: computed(() => ["tasks", "one", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/tasks/{task_id}", { params: { path: { task_id: toValue(id) ?? "" } }, signal })),
    enabled: computed(() => toValue(id) !== null),
    refetchInterval: (query) => (query.state.data && !isOpen(query.state.data) ? false : every.value),
  });
}

export function useTaskSteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["tasks"] });
  const path = (id: string) => ({ path: { task_id: id } });
  const retry = useMutation({ mutationFn: (id: string) => answer(api.POST("/tasks/{task_id}/retry", { params: path(id) })), onSettled });
  const cancel = useMutation({ mutationFn: (id: string) => answer(api.POST("/tasks/{task_id}/cancel", { params: path(id) })), onSettled });
  return { retry, cancel };
}
