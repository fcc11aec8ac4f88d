import { useQuery } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import { usePages } from "@/shared/table/use-pages";

export type ListedRequest = Schemas["ListedRideAnswer"];
export type RequestHistory = Schemas["RideHistoryAnswer"];
export type RequestState = Schemas["RideState"];

export const REQUEST_STATES = ["requested", "offered", "accepted", "picked_up", "completed", "cancelled_by_rider", "cancelled_by_driver", "unserved", "abandoned"] as const satisfies readonly RequestState[];

/** Steps of drivers have no topic. */
const LOOK_EVERY_MS = 5_000;

export interface RequestFilter {
  state?: RequestState;
}

const MEANINGS: Record<RequestState, "good" | "warn" | "bad" | "plain"> = {
  requested: "warn",
  offered: "plain",
  accepted: "plain",
  picked_up: "plain",
  completed: "good",
  cancelled_by_rider: "warn",
  cancelled_by_driver: "bad",
  unserved: "bad",
  abandoned: "bad",
};
export const meaningOf = (state: RequestState) => MEANINGS[state];

const isOver = (state: RequestState) => !["requested", "offered", "accepted", "picked_up"].includes(state);

export function useRequests(filter: MaybeRefOrGetter<RequestFilter>) {
  return usePages<ListedRequest>(
    () => ["dispatch", "requests", toValue(filter)],
    (page, signal) => answer(api.GET("/dispatch/requests", { params: { query: { ...toValue(filter), ...page } }, signal })),
  );
}

export function useRequest(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ["dispatch", "request", toValue(id)]),
    queryFn: ({ signal }) => answer(api.GET("/dispatch/requests/{request_id}", { params: { path: { request_id: toValue(id) } }, signal })),
    refetchInterval: (query) => (query.state.data && isOver(query.state.data.state) ? false : LOOK_EVERY_MS),
  });
}
