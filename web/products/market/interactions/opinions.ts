import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed } from "vue";
import { answer, api } from "@/api/web";
import { may } from "@/app/session/session";
import { newId, send } from "./interactions";

export type Opinion = "like" | "dislike";

const OPINIONS = ["market", "opinions"];
const MOST_OPINIONS = 1_000;

export const mayJudge = () => may("interactions:write");

/** What the person likes and dislikes, by listing, and how that is changed. */
export function useOpinions() {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: OPINIONS,
    queryFn: async ({ signal }) => {
      const { items } = await answer(api.GET("/market/interactions/own", { params: { query: { limit: MOST_OPINIONS } }, signal }));
      return new Map(items.map(({ listing_id, kind }): [string, Opinion] => [listing_id, kind]));
    },
    enabled: mayJudge,
    staleTime: 60_000,
  });
  const change = useMutation({
    mutationFn: async ({ listingId, opinion }: { listingId: string; opinion: Opinion | null }) => {
      if (opinion !== null) await send([{ id: newId(), listing_id: listingId, kind: opinion, slate: null }]);
      else await answer(api.DELETE("/market/interactions/own/{listing_id}", { params: { path: { listing_id: listingId } } }));
    },
    onSuccess: (_, { listingId, opinion }) => {
      queries.setQueryData(OPINIONS, (former: Map<string, Opinion> | undefined) => {
        const opinions = new Map(former);
        if (opinion === null) opinions.delete(listingId);
        else opinions.set(listingId, opinion);
        return opinions;
      });
    },
  });
  return { opinions: computed(() => query.data.value ?? new Map<string, Opinion>()), isKnown: query.isSuccess, change };
}
