import { useQuery } from "@tanstack/vue-query";
import { answer, api } from "@/api/web";

const LOOK_EVERY_MS = 30_000;

/** What waits for a decision, figures by day and the last decisions; parts of one page share the answer. */
export function useHome() {
  return useQuery({
    queryKey: ["home"],
    queryFn: ({ signal }) => answer(api.GET("/home", { signal })),
    refetchInterval: LOOK_EVERY_MS,
  });
}
