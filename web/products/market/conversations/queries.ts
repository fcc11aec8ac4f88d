import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { API_ROOT } from "@/app/addresses";
import { usePages } from "@/shared/table/use-pages";
import { useUpload } from "@/shared/upload/use-upload";

export type Conversation = Schemas["ConversationAnswer"];
export type Message = Schemas["MessageAnswer"];
export type Side = Schemas["Side"];
export type ReportReason = Schemas["ConversationReportBody"]["reason"];

const KEY = "conversations";
const PAGE = 50;
const pathOf = (id: string) => ({ path: { conversation_id: id } });

/** Address of a photo of a conversation. */
export const sharedPhotoAddress = (id: string, photo: string, width: 320 | 1280): string => `${API_ROOT}market/conversations/${id}/photos/${photo}/${width}`;

/** The conversations of a side, those written in last first. */
export function useConversations(side: MaybeRefOrGetter<Side>) {
  return usePages<Conversation>(
    () => [KEY, "list", toValue(side)],
    (page, signal) => answer(api.GET("/market/conversations", { params: { query: { side: toValue(side), ...page } }, signal })),
  );
}

export function useConversation(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [KEY, "one", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/market/conversations/{conversation_id}", { params: pathOf(toValue(id)), signal })),
    enabled: computed(() => toValue(id) !== ""),
  });
}

/** The messages of a conversation, the latest page first; `messages` are in their order. */
export function useMessages(id: MaybeRefOrGetter<string>) {
  const query = useInfiniteQuery({
    queryKey: computed(() => [KEY, "messages", toValue(id)]),
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/market/conversations/{conversation_id}/messages", {
          params: { ...pathOf(toValue(id)), query: { limit: PAGE, ...(pageParam === undefined ? {} : { before: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.before ?? undefined,
    enabled: computed(() => toValue(id) !== ""),
  });
  const messages = computed(() => query.data.value?.pages.flatMap((page) => [...page.items].reverse()).reverse());
  return { ...query, messages };
}

/** What the caller does in conversations. */
export function useConversationSteps() {
  const queries = useQueryClient();
  const { sent, upload } = useUpload();
  const onSettled = () => queries.invalidateQueries({ queryKey: [KEY] });
  const begin = useMutation({
    mutationFn: ({ listing, text }: { listing: string | null; text: string }) => answer(api.POST("/market/conversations", { body: { listing_id: listing, text } })),
    onSettled,
  });
  const write = useMutation({
    mutationFn: async ({ id, text, files }: { id: string; text: string; files: readonly File[] }) => {
      const photos: string[] = [];
      for (const file of files) {
        photos.push((await upload(file, (options) => answer(api.POST("/market/conversations/{conversation_id}/photos", { params: pathOf(id), ...options })))).photo_id);
      }
      return answer(api.POST("/market/conversations/{conversation_id}/messages", { params: pathOf(id), body: { text, photos } }));
    },
    onSettled,
  });
  const mark = useMutation({
    mutationFn: ({ id, position }: { id: string; position: number }) => api.PUT("/market/conversations/{conversation_id}/read", { params: pathOf(id), body: { position } }),
    onSettled,
  });
  const block = useMutation({
    mutationFn: ({ id, isBlocked }: { id: string; isBlocked: boolean }) =>
      isBlocked ? api.PUT("/market/conversations/{conversation_id}/block", { params: pathOf(id) }) : api.DELETE("/market/conversations/{conversation_id}/block", { params: pathOf(id) }),
    onSettled,
  });
  const report = useMutation({
    mutationFn: ({ id, reason, remark }: { id: string; reason: ReportReason; remark: string }) =>
      answer(api.POST("/market/conversations/{conversation_id}/reports", { params: pathOf(id), body: { reason, remark: remark || null } })),
  });
  return { sent, begin, write, mark, block, report };
}
