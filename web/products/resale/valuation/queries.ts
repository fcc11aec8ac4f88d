import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { answer, api } from "@/api/web";
import type { Scalar } from "@/shared/form/contract";

/** A request body as a form makes it. */
export type Body = Record<string, Scalar>;

/** Whether the live version of a model was trained on synthetic data; false until that is known. */
export function useIsSynthetic(model: string) {
  const health = useQuery({ queryKey: ["health"], queryFn: ({ signal }) => answer(api.GET("/health", { signal })), staleTime: 60_000 });
  return computed(() => health.data.value?.data.some((dataset) => dataset.model === model && dataset.is_synthetic) ?? false);
}
