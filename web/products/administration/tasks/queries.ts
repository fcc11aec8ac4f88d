import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";
import type { Task } from "@/shared/task/use-task";

export { isOpen, STATE_MEANING, useTask, type Task } from "@/shared/task/use-task";

export type TaskState = Schemas["TaskState"];
export const TASK_STATES = ["queued", "running", "succeeded", "failed", "cancelled"] as const satisfies readonly TaskState[];

/** Who works has no topic. */
const LOOK_FOR_WORKERS_EVERY_MS = 15_000;

export interface TaskFilter {
  state?: TaskState;
  name?: string;
}

export function useTasks(filter: MaybeRefOrGetter<TaskFilter>) {
  return usePages<Task>(
    () => ["tasks", "list", toValue(filter)],
    (page, signal) => answer(api.GET("/tasks", { params: { query: { ...toValue(filter), ...page } }, signal })),
  );
}

export function useTaskStatus() {
  return useQuery({
    queryKey: ["tasks", "status"],
    queryFn: ({ signal }) => answer(api.GET("/tasks/status", { signal })),
    refetchInterval: LOOK_FOR_WORKERS_EVERY_MS,
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
