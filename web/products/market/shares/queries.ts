import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";

export type Share = Schemas["ShareAnswer"];

const keyOf = (listing: string) => ["market", "shares", listing];

/** One's own links to a listing that have not ended. */
export function useShares(listing: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(listing))),
    queryFn: async ({ signal }) => (await answer(api.GET("/market/listings/{listing_id}/shares", { params: { path: { listing_id: toValue(listing) } }, signal }))).items,
    enabled: computed(() => toValue(enabled)),
  });
}

export function useShareChanges(listing: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: keyOf(toValue(listing)) });
  const create = useMutation({
    mutationFn: (days: number) => answer(api.POST("/market/listings/{listing_id}/shares", { params: { path: { listing_id: toValue(listing) } }, body: { days } })),
    onSettled,
    gcTime: 0,
  });
  const revoke = useMutation({ mutationFn: (id: string) => api.DELETE("/market/shares/{share_id}", { params: { path: { share_id: id } } }), onSettled });
  return { create, revoke };
}
