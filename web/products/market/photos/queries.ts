import { useMutation, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { API_ROOT } from "@/app/addresses";
import { useUpload } from "@/shared/upload/use-upload";

export type Photo = Schemas["PhotoAnswer"];

const keyOf = (listing: string) => ["market", "photos", listing];
const pathOf = (listing: string) => ({ path: { listing_id: listing } });

/** Address of a photo of a listing. */
export const photoAddress = (listing: string, photo: string, width: 320 | 1280): string => `${API_ROOT}market/listings/${listing}/photos/${photo}/${width}`;

export function usePhotos(listing: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(listing))),
    queryFn: async ({ signal }) => (await answer(api.GET("/market/listings/{listing_id}/photos", { params: pathOf(toValue(listing)), signal }))).items,
  });
}

/** Steps of whoever keeps the listing. */
export function usePhotoChanges(listing: MaybeRefOrGetter<string>) {
  const queries = useQueryClient();
  const { sent, upload } = useUpload();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["market"] });
  const add = useMutation({
    mutationFn: (file: File) => upload(file, (options) => answer(api.POST("/market/listings/{listing_id}/photos", { params: pathOf(toValue(listing)), ...options }))),
    onSettled,
  });
  const arrange = useMutation({
    mutationFn: (photos: readonly Photo[]) =>
      answer(api.PUT("/market/listings/{listing_id}/photos", { params: pathOf(toValue(listing)), body: { photos: photos.map(({ photo_id, text }) => ({ photo_id, text })) } })),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (photo: string) => api.DELETE("/market/listings/{listing_id}/photos/{photo_id}", { params: { path: { listing_id: toValue(listing), photo_id: photo } } }),
    onSettled,
  });
  return { sent, add, arrange, remove };
}
