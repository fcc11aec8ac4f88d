import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";

export type Key = Schemas["KeyAnswer"];

/** Roles that a key may be made with; see docs/runbooks/keys.md. */
export const KEY_ROLES = ["client", "viewer", "analyst", "operator", "buyer", "dealer", "moderator", "company_admin", "admin"] as const;

export function useKeys() {
  return useQuery({ queryKey: ["keys"], queryFn: async ({ signal }) => (await answer(api.GET("/keys", { signal }))).items });
}

export function useKeyChanges() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["keys"] });
  const create = useMutation({ mutationFn: (body: Schemas["KeyRequest"]) => answer(api.POST("/keys", { body })), onSettled, gcTime: 0 });
  const revoke = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/keys/{key_id}", { params: { path: { key_id: id } } })),
    onSettled,
  });
  return { create, revoke };
}
