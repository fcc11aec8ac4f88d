import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type SavedSearch = Schemas["SavedSearchAnswer"];
export type Alert = Schemas["AlertAnswer"];
export type Wishes = Required<Schemas["SavedSearchBody"]>;

export const NOTICES = ["new_match", "price_drop", "back_on_sale", "under_range"] as const satisfies readonly Alert["notice"][];
export const FREQUENCIES = ["instant", "daily", "weekly"] as const satisfies readonly Wishes["frequency"][];

/** All of one's searches, oldest first. */
export function useSavedSearches() {
  return useQuery({ queryKey: ["saved-searches"], queryFn: ({ signal }) => answer(api.GET("/market/saved-searches", { signal })) });
}

export function useSearchChanges() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["saved-searches"] });
  const save = useMutation({ mutationFn: (body: Wishes) => answer(api.POST("/market/saved-searches", { body })), onSettled });
  const change = useMutation({
    mutationFn: ({ id, body }: { id: string; body: Wishes }) => answer(api.PUT("/market/saved-searches/{search_id}", { params: { path: { search_id: id } }, body })),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/market/saved-searches/{search_id}", { params: { path: { search_id: id } } }),
    onSettled: () => Promise.all([onSettled(), queries.invalidateQueries({ queryKey: ["notifications", "alerts"] })]),
  });
  return { save, change, remove };
}

/** What happened to the cars of one's searches, newest first; asked for again with one's notifications. */
export function useAlerts() {
  return usePages<Alert>(["notifications", "alerts"], (page, signal) => answer(api.GET("/market/alerts", { params: { query: { ...page } }, signal })));
}

export function useMarkSeen() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (upTo: string) => answer(api.POST("/market/alerts/seen", { params: { query: { up_to: upTo } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["notifications", "alerts"] }),
  });
}
