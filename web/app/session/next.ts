import type { RouteLocationNormalized } from "vue-router";

/** The page to go on at, from `next` of the address. Only a page of ours: "//host" and "https:" lead elsewhere. */
export function nextOf(route: Pick<RouteLocationNormalized, "query">): string {
  const { next } = route.query;
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : "/";
}
