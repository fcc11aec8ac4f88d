import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type Notification = Schemas["NotificationAnswer"];
export type OptOut = Schemas["OptOut"];

export function useNotifications() {
  return usePages<Notification>(["notifications", "list"], (page, signal) => answer(api.GET("/notifications", { params: { query: { ...page } }, signal })));
}

export function useMarkRead() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["notifications", "list"] });
  const one = useMutation({ mutationFn: (id: string) => api.POST("/notifications/{notification_id}/read", { params: { path: { notification_id: id } } }), onSettled });
  const all = useMutation({ mutationFn: (upTo: number) => answer(api.POST("/notifications/read", { params: { query: { up_to: upTo } } })), onSettled });
  return { one, all };
}

export function usePreferences() {
  const queries = useQueryClient();
  const key = ["notifications", "preferences"];
  const preferences = useQuery({ queryKey: key, queryFn: ({ signal }) => answer(api.GET("/notifications/preferences", { signal })) });
  const set = useMutation({
    mutationFn: (unwanted: OptOut[]) => answer(api.PUT("/notifications/preferences", { body: { unwanted } })),
    onSuccess: (saved) => queries.setQueryData(key, saved),
  });
  return { preferences, set };
}
