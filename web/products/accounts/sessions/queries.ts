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

/** The steps of setting up one-time codes: the secret, a first code, and the recovery codes in the answer. */
export function useSecondFactor() {
  const queries = useQueryClient();
  const onSuccess = async () => {
    await loadSession(); // the browser has a new session
    await queries.invalidateQueries({ queryKey: ["sessions"] });
  };
  const enroll = useMutation({ mutationFn: (password: string) => answer(api.POST("/people/me/second-factor", { body: { password: password || null } })), gcTime: 0 });
  const confirm = useMutation({ mutationFn: (code: string) => answer(api.POST("/people/me/second-factor/confirmation", { body: { code } })), onSuccess, gcTime: 0 });
  const remove = useMutation({ mutationFn: (code: string) => api.POST("/people/me/second-factor/removal", { body: { code } }), onSuccess });
  return { enroll, confirm, remove };
}
