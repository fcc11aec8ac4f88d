import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { answer, api } from "@/api/web";

/** Whether the live version of a model was trained on synthetic data; false until that is known. */
export function useIsSynthetic(model: string) {
  const health = useQuery({ queryKey: ["health"], queryFn: ({ signal }) => answer(api.GET("/health", { signal })), staleTime: 60_000 });
  return computed(() => health.data.value?.data.some((dataset) => dataset.model === model && dataset.is_synthetic) ?? false);
}
