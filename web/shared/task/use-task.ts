import { useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { unlessLive } from "@/shared/page/live";

export type Task = Schemas["TaskAnswer"];

export const STATE_MEANING = { queued: "plain", running: "plain", succeeded: "good", failed: "bad", cancelled: "warn" } as const;

/** Without a stream, a task that is done shows within this time, while somebody looks. */
export const LOOK_EVERY_MS = 5_000;

/** Whether a task may still change by itself. */
export const isOpen = (task: Pick<Task, "state">): boolean => task.state === "queued" || task.state === "running";

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
