import { useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api } from "@/api/web";
import type { Scalar } from "@/shared/form/contract";
import { usePages } from "@/shared/table/use-pages";
import type { Listing } from "./car";
import type { NextState, State } from "./states";

/** A car as the form makes it; the API checks it by the contract. */
export type CarBody = Record<string, Scalar>;

export interface StockFilter {
  state?: State;
}

const keyOf = (id: string) => ["market", "listing", id];
const fetchListing = (id: string, signal: AbortSignal) => answer(api.GET("/market/listings/{listing_id}", { params: { path: { listing_id: id } }, signal }));

export function useListing(id: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: computed(() => keyOf(toValue(id))),
    queryFn: ({ signal }) => fetchListing(toValue(id), signal),
    enabled: computed(() => toValue(enabled)),
  });
}

/** Several listings, in the order of their ids. */
export function useListings(ids: MaybeRefOrGetter<readonly string[]>) {
  return useQueries({ queries: computed(() => toValue(ids).map((id) => ({ queryKey: keyOf(id), queryFn: ({ signal }: { signal: AbortSignal }) => fetchListing(id, signal) }))) });
}

/** What the company, or branch, keeps, newest first. */
export function useStock(filter: MaybeRefOrGetter<StockFilter>, enabled: MaybeRefOrGetter<boolean>) {
  return usePages<Listing>(
    () => ["market", "stock", toValue(filter)],
    (page, signal) => answer(api.GET("/market/listings/own", { params: { query: { ...toValue(filter), ...page } }, signal })),
    enabled,
  );
}

/** The branches of a company, for who acts for all of it. Null asks for nothing. */
export function useBranches(company: MaybeRefOrGetter<string | null>) {
  return useQuery({
    queryKey: computed(() => ["companies", toValue(company), "branches"]),
    queryFn: async ({ signal }) => (await answer(api.GET("/companies/{company_id}/branches", { params: { path: { company_id: toValue(company) ?? "" } }, signal }))).items,
    enabled: computed(() => toValue(company) !== null),
  });
}

/** Steps of whoever keeps listings. A step that comes too late is refused, and what others did is asked for. */
export function useListingChanges() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: ["market"] });
  const create = useMutation({
    mutationFn: ({ listing, branch }: { listing: CarBody; branch: string | null }) => answer(api.POST("/market/listings", { body: { listing: listing as never, branch_id: branch } })),
    onSettled,
  });
  const edit = useMutation({
    mutationFn: ({ id, version, listing }: { id: string; version: number; listing: CarBody }) =>
      answer(api.PUT("/market/listings/{listing_id}", { params: { path: { listing_id: id } }, body: { version, listing: listing as never } })),
    onSettled,
  });
  const move = useMutation({
    mutationFn: ({ id, version, state }: { id: string; version: number; state: NextState }) =>
      answer(api.POST("/market/listings/{listing_id}/state", { params: { path: { listing_id: id } }, body: { version, state } })),
    onSettled,
  });
  return { create, edit, move };
}
