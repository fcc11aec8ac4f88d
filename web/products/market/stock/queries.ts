import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api } from "@/api/web";
import { download } from "@/shared/table/export";
import { usePages } from "@/shared/table/use-pages";
import { useUpload } from "@/shared/upload/use-upload";
import type { Feed, MappingBody } from "./feeds";

const LOOK_EVERY_MS = 1_500;
const ROOT = ["market", "feeds"];

/** A table that was sent; asked for again while it waits. Empty text asks for nothing. */
export function useFeed(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => [...ROOT, "one", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/market/stock/feeds/{feed_id}", { params: { path: { feed_id: toValue(id) } }, signal })),
    enabled: computed(() => toValue(id) !== ""),
    refetchInterval: (query) => (query.state.data?.state === "waiting" ? LOOK_EVERY_MS : false),
  });
}

/** All tables that the company, or branch, has sent, newest first. */
export function useFeeds(enabled: MaybeRefOrGetter<boolean>) {
  return usePages<Feed>(
    () => [...ROOT, "all"],
    (page, signal) => answer(api.GET("/market/stock/feeds", { params: { query: page }, signal })),
    enabled,
  );
}

/** Sends tables, and has held ones taken. `sent`: how much of the file has left. */
export function useFeedSteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["market"] });
  const { sent, upload } = useUpload();
  const send = useMutation({
    mutationFn: ({ file, source, isPreview }: { file: File; source: string; isPreview: boolean }) =>
      upload(file, (options) => answer(api.POST("/market/stock/feeds", { params: { query: { source, preview: isPreview } }, ...options }))),
    onSettled,
  });
  const confirm = useMutation({
    mutationFn: ({ id, removals }: { id: string; removals: number }) => answer(api.POST("/market/stock/feeds/{feed_id}/confirmation", { params: { path: { feed_id: id } }, body: { removals } })),
    onSettled,
  });
  return { send, confirm, sent };
}

/** Lets the browser keep the refused rows of a feed, with their reasons. */
export async function downloadRefused(id: string): Promise<void> {
  const text = await answer(api.GET("/market/stock/feeds/{feed_id}/refused-rows", { params: { path: { feed_id: id } }, parseAs: "text" }));
  download("refused-rows.csv", text as string, "text/csv");
}

/** The sources that were named so far, with the addresses that they are fetched from. */
export function useSources(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ["market", "sources"],
    queryFn: ({ signal }) => answer(api.GET("/market/stock/sources", { signal })),
    enabled: computed(() => toValue(enabled)),
  });
}

/** How the tables of a source are read. */
export function useMapping(source: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["market", "mapping", toValue(source)]),
    queryFn: ({ signal }) => answer(api.GET("/market/stock/sources/{source}/mapping", { params: { path: { source: toValue(source) } }, signal })),
    enabled: computed(() => toValue(source) !== ""),
  });
}

export function useMappingStep() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ source, body }: { source: string; body: MappingBody }) => answer(api.PUT("/market/stock/sources/{source}/mapping", { params: { path: { source } }, body })),
    onSettled: (_, __, { source }) => queries.invalidateQueries({ queryKey: ["market", "mapping", source] }),
  });
}

export function usePullSteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["market", "sources"] });
  const set = useMutation({
    mutationFn: ({ source, url, every_h }: { source: string; url: string; every_h: number }) => answer(api.PUT("/market/stock/sources/{source}/pull", { params: { path: { source } }, body: { url, every_h } })),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (source: string) => answer(api.DELETE("/market/stock/sources/{source}/pull", { params: { path: { source } } })),
    onSettled,
  });
  return { set, remove };
}
