import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";

export type Company = Schemas["CompanyAnswer"];
export type Branch = Schemas["BranchAnswer"];
export type Member = Schemas["MemberAnswer"];
export type Invitation = Schemas["InvitationAnswer"];
export type Post = Schemas["PostBody"];

export const COMPANY_ROLES = ["dealer", "company_admin"] as const;

export function useCompanies() {
  return useQuery({ queryKey: ["companies"], queryFn: async ({ signal }) => (await answer(api.GET("/companies", { signal }))).items });
}

export function useCreateCompany() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => answer(api.POST("/companies", { body: { name } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["companies"] }),
  });
}

/** A company with its branches, members and, for those who may invite, open invitations. */
export function useCompany(id: MaybeRefOrGetter<string>, canInvite: boolean) {
  const params = () => ({ path: { company_id: toValue(id) } });
  const key = (part: string) => computed(() => ["companies", toValue(id), part]);
  const company = useQuery({ queryKey: key("itself"), queryFn: ({ signal }) => answer(api.GET("/companies/{company_id}", { params: params(), signal })) });
  const branches = useQuery({
    queryKey: key("branches"),
    queryFn: async ({ signal }) => (await answer(api.GET("/companies/{company_id}/branches", { params: params(), signal }))).items,
  });
  const members = useQuery({
    queryKey: key("members"),
    queryFn: async ({ signal }) => (await answer(api.GET("/companies/{company_id}/members", { params: params(), signal }))).items,
  });
  const invitations = useQuery({
    queryKey: key("invitations"),
    queryFn: async ({ signal }) => (await answer(api.GET("/companies/{company_id}/invitations", { params: params(), signal }))).items,
    enabled: canInvite,
  });
  return { company, branches, members, invitations };
}

export function useCompanyChanges(id: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["companies"] });
  const path = () => ({ company_id: toValue(id) });
  const rename = useMutation({ mutationFn: (name: string) => answer(api.PATCH("/companies/{company_id}", { params: { path: path() }, body: { name } })), onSettled });
  const addBranch = useMutation({ mutationFn: (name: string) => answer(api.POST("/companies/{company_id}/branches", { params: { path: path() }, body: { name } })), onSettled });
  const renameBranch = useMutation({
    mutationFn: ({ branch, name }: { branch: string; name: string }) =>
      answer(api.PATCH("/companies/{company_id}/branches/{branch_id}", { params: { path: { ...path(), branch_id: branch } }, body: { name } })),
    onSettled,
  });
  const changeMember = useMutation({
    mutationFn: ({ person, post }: { person: string; post: Post }) =>
      answer(api.PUT("/companies/{company_id}/members/{person_id}", { params: { path: { ...path(), person_id: person } }, body: post })),
    onSettled,
  });
  const removeMember = useMutation({
    mutationFn: (person: string) => api.DELETE("/companies/{company_id}/members/{person_id}", { params: { path: { ...path(), person_id: person } } }),
    onSettled,
  });
  const invite = useMutation({
    mutationFn: (body: Schemas["InvitationBody"]) => answer(api.POST("/companies/{company_id}/invitations", { params: { path: path() }, body })),
    onSettled,
  });
  const withdraw = useMutation({
    mutationFn: (invitation: string) => api.DELETE("/companies/{company_id}/invitations/{invitation_id}", { params: { path: { ...path(), invitation_id: invitation } } }),
    onSettled,
  });
  return { rename, addBranch, renameBranch, changeMember, removeMember, invite, withdraw };
}
