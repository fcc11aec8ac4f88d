import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";

export type Person = Schemas["PersonAnswer"];

export const ROLES = ["buyer", "dealer", "company_admin", "moderator", "operator", "analyst", "admin"] as const;
/** Languages in which people are written to. */
export const MAIL_LANGUAGES = ["en", "de", "fr", "ar"] as const;

export function usePeople() {
  return useQuery({ queryKey: ["people"], queryFn: async ({ signal }) => (await answer(api.GET("/people", { signal }))).items });
}

export function usePeopleChanges() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["people"] });
  const path = (id: string) => ({ path: { person_id: id } });
  const create = useMutation({ mutationFn: (body: Schemas["NewPersonBody"]) => answer(api.POST("/people", { body })), onSettled, gcTime: 0 });
  const deactivate = useMutation({ mutationFn: (id: string) => answer(api.POST("/people/{person_id}/deactivation", { params: path(id) })), onSettled });
  const reactivate = useMutation({ mutationFn: (id: string) => answer(api.DELETE("/people/{person_id}/deactivation", { params: path(id) })), onSettled });
  const setRole = useMutation({
    mutationFn: ({ id, role, isGiven }: { id: string; role: string; isGiven: boolean }) => {
      const params = { path: { person_id: id, role } };
      return isGiven ? api.PUT("/people/{person_id}/roles/{role}", { params }) : api.DELETE("/people/{person_id}/roles/{role}", { params });
    },
  });
  return { create, deactivate, reactivate, setRole };
}
