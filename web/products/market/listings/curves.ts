// How the values of cars fall with distance and age, asked of the models of resale for a comparison.
import { useQueries } from "@tanstack/vue-query";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { answer, api, type Schemas } from "@/api/web";
import type { Listing } from "./car";
import { curveBody, marketOf } from "./worth";

type Curves = Schemas["UsedCarCurves"];
export const CURVES = ["over_age", "over_distance"] as const;
export type CurveName = (typeof CURVES)[number];

/** A point of the curve of one car. */
export interface CurvePoint {
  car: string;
  at: number;
  value: number;
  low: number;
  high: number;
}

/** The curves of some cars, in their order; those that no model values have none. */
export function useCurves(listings: MaybeRefOrGetter<readonly Listing[]>) {
  return useQueries({
    queries: computed(() =>
      toValue(listings).map((listing) => {
        const body = curveBody(listing.listing);
        const market = marketOf(listing.listing);
        return {
          queryKey: ["used-curves", market, body],
          queryFn: ({ signal }: { signal: AbortSignal }): Promise<Curves> => answer(api.POST(`/resale/used/${market ?? "uk"}/curve` as "/resale/used/uk/curve", { body: body as never, signal })),
          enabled: body !== null,
        };
      }),
    ),
  });
}

/** The points of one curve of a car. */
export const pointsOf = (car: string, curves: Curves, name: CurveName): CurvePoint[] => curves[name].points.map(({ at, value, range }) => ({ car, at, value, low: range.low, high: range.high }));
