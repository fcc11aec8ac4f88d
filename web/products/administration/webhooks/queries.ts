import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { answer, api, type Schemas } from "@/api/web";

export type Webhook = Schemas["WebhookAnswerBody"];
export type Topic = Schemas["Topic"];

export const TOPICS = ["models", "tasks", "webhooks", "account", "company", "market", "searches"] as const satisfies readonly Topic[];
export const OWNERS = ["me", "company", "platform"] as const satisfies readonly Schemas["OwnerKind"][];

export function useWebhooks() {
  return useQuery({ queryKey: ["webhooks"], queryFn: async ({ signal }) => (await answer(api.GET("/webhooks", { signal }))).items });
}

export function useWebhookChanges() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["webhooks"] });
  const params = (id: string) => ({ path: { webhook_id: id } });
  const create = useMutation({ mutationFn: (body: Schemas["WebhookRequest"]) => answer(api.POST("/webhooks", { body })), onSettled, gcTime: 0 });
  const setState = useMutation({
    mutationFn: ({ id, state }: { id: string; state: Schemas["SubscriptionState"] }) => answer(api.PATCH("/webhooks/{webhook_id}", { params: params(id), body: { state, url: null, topics: null } })),
    onSettled,
  });
  const replaceSecret = useMutation({ mutationFn: (id: string) => answer(api.POST("/webhooks/{webhook_id}/secret", { params: params(id) })), onSettled, gcTime: 0 });
  const test = useMutation({ mutationFn: (id: string) => answer(api.POST("/webhooks/{webhook_id}/test", { params: params(id) })), onSettled });
  const remove = useMutation({ mutationFn: (id: string) => api.DELETE("/webhooks/{webhook_id}", { params: params(id) }), onSettled });
  return { create, setState, replaceSecret, test, remove };
}
