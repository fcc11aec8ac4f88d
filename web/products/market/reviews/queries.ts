import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type Review = Schemas["ReviewAnswer"];
export type OwnReview = Schemas["OwnReviewAnswer"];
export type QueuedReview = Schemas["QueuedReviewAnswer"];
export type Rating = Schemas["RatingAnswer"];
export type Reason = NonNullable<OwnReview["rejection"]>;

/** What reviews are about: a dealer or a car. */
export type About = { company: string } | { listing: string };

export const REASONS = ["offensive", "personal_data", "off_topic", "not_genuine", "other"] as const satisfies readonly Reason[];

const KEY = "reviews";
const SHOWN = 5;
const pathOf = (id: string) => ({ path: { review_id: id } });

/** The latest reviews with what all of them say together. */
export function useReviews(about: MaybeRefOrGetter<About>, all: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: computed(() => [KEY, "about", toValue(about), toValue(all)]),
    queryFn: ({ signal }) => answer(api.GET("/market/reviews", { params: { query: { ...toValue(about), limit: toValue(all) ? 100 : SHOWN } }, signal })),
  });
}

/** What the person has written. */
export function useOwnReviews(enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: [KEY, "own"],
    queryFn: async ({ signal }) => (await answer(api.GET("/market/reviews/own", { params: { query: { limit: 100 } }, signal }))).items,
    enabled: computed(() => toValue(enabled)),
  });
}

/** What moderators have to read, oldest first. */
export function useReviewQueue() {
  return usePages<QueuedReview>([KEY, "queue"], (page, signal) => answer(api.GET("/market/reviews/queue", { params: { query: { ...page } }, signal })));
}

export function useReviewSteps() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: [KEY] });
  const write = useMutation({
    mutationFn: ({ about, stars, text }: { about: About; stars: number; text: string }) =>
      answer(
        api.POST("/market/reviews", {
          body: { company_id: "company" in about ? about.company : null, listing_id: "listing" in about ? about.listing : null, stars, text },
        }),
      ),
    onSettled,
  });
  const edit = useMutation({
    mutationFn: ({ id, version, stars, text }: { id: string; version: number; stars: number; text: string }) => answer(api.PUT("/market/reviews/{review_id}", { params: pathOf(id), body: { version, stars, text } })),
    onSettled,
  });
  const remove = useMutation({ mutationFn: (id: string) => api.DELETE("/market/reviews/{review_id}", { params: pathOf(id) }), onSettled });
  const reply = useMutation({
    mutationFn: ({ id, text }: { id: string; text: string }) => answer(api.POST("/market/reviews/{review_id}/answer", { params: pathOf(id), body: { text } })),
    onSettled,
  });
  const report = useMutation({
    mutationFn: ({ id, reason, remark }: { id: string; reason: Reason; remark: string }) => answer(api.POST("/market/reviews/{review_id}/reports", { params: pathOf(id), body: { reason, remark: remark || null } })),
    onSettled,
  });
  const decide = useMutation({
    mutationFn: ({ id, version, reason, remark }: { id: string; version: number; reason: Reason | null; remark: string }) =>
      answer(api.POST("/market/reviews/{review_id}/decision", { params: pathOf(id), body: { version, decision: reason === null ? "published" : "rejected", reason, remark: remark || null } })),
    onSettled,
  });
  return { write, edit, remove, reply, report, decide };
}
