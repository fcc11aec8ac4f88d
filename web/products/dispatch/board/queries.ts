import { keepPreviousData, useQuery } from "@tanstack/vue-query";
import { computed, type Ref } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { bboxOf, type Box } from "@/shared/map/plane";

export type Board = Schemas["BoardAnswer"];
export type Driver = Schemas["DriverAnswer"];
export type Cell = Schemas["CellAnswer"];
export type WaitingRider = Schemas["WaitingRiderAnswer"];

/** Positions change with every second and have no topic; a page that nobody sees asks nothing. */
const LOOK_EVERY_MS = 5_000;

/** More drivers than the API lists are shown by cells. */
export const MOST_DRIVERS = 2_000;

export function useBoard() {
  return useQuery({
    queryKey: ["dispatch", "board"],
    queryFn: ({ signal }) => answer(api.GET("/dispatch/board", { signal })),
    refetchInterval: LOOK_EVERY_MS,
  });
}

export function useDrivers(box: Ref<Box | null>, isWanted: Ref<boolean>) {
  return useQuery({
    queryKey: computed(() => ["dispatch", "drivers", box.value && bboxOf(box.value)]),
    queryFn: ({ signal }) => answer(api.GET("/dispatch/drivers", { params: { query: { bbox: bboxOf(box.value!), limit: MOST_DRIVERS } }, signal })),
    enabled: computed(() => box.value !== null && isWanted.value),
    refetchInterval: LOOK_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

export function useCells(box: Ref<Box | null>, isWanted: Ref<boolean>) {
  return useQuery({
    queryKey: computed(() => ["dispatch", "cells", box.value && bboxOf(box.value)]),
    queryFn: ({ signal }) => answer(api.GET("/dispatch/cells", { params: { query: { bbox: bboxOf(box.value!) } }, signal })),
    enabled: computed(() => box.value !== null && isWanted.value),
    refetchInterval: LOOK_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}
