import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";
import { loadSession } from "@/app/session/session";

export type Session = Schemas["SessionAnswer"];

export function useSessions() {
  return useQuery({ queryKey: ["sessions"], queryFn: async ({ signal }) => (await answer(api.GET("/sessions", { signal }))).items });
}

export function useSessionSteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["sessions"] });
  const end = useMutation({ mutationFn: (id: string) => api.DELETE("/sessions/{session_id}", { params: { path: { session_id: id } } }), onSettled });
  const changePassword = useMutation({
    mutationFn: (body: Schemas["ChangePasswordBody"]) => answer(api.PUT("/people/me/password", { body })),
    onSuccess: loadSession,
    onSettled,
  });
  return { end, changePassword };
}

export const endAllSessions = () => answer(api.DELETE("/sessions"));

/** The steps of setting up one-time codes: the secret, and a first code whose answer holds the recovery codes. */
export function useFactorSetUp() {
  const enroll = useMutation({ mutationFn: (password: string) => answer(api.POST("/people/me/second-factor", { body: { password: password || null } })), gcTime: 0 });
  const confirm = useMutation({ mutationFn: (code: string) => answer(api.POST("/people/me/second-factor/confirmation", { body: { code } })), gcTime: 0 });
  return { enroll, confirm, renew: useRenewal() };
}

export function useFactorRemoval() {
  return useMutation({ mutationFn: (code: string) => api.POST("/people/me/second-factor/removal", { body: { code } }), onSuccess: useRenewal() });
}

/** What follows where the browser has another session, or its session other rights. */
function useRenewal() {
  const queries = useQueryClient();
  return async () => {
    await loadSession();
    await queries.invalidateQueries({ queryKey: ["sessions"] });
  };
}

export type Identity = Schemas["IdentityAnswer"];

/** The accounts at identity providers that are linked, and the providers at which one can be. */
export function useIdentities() {
  const queryFn = async ({ signal }: { signal: AbortSignal }) => {
    const [linked, providers] = await Promise.all([answer(api.GET("/people/me/identities", { signal })), answer(api.GET("/sessions/providers", { signal }))]);
    return { linked: linked.items, providers: providers.items };
  };
  return useQuery({ queryKey: ["identities"], queryFn });
}

export const unlinkIdentity = (id: string) => api.DELETE("/people/me/identities/{identity_id}", { params: { path: { identity_id: id } } });
