// Queries that are asked for again because their topic has changed.
import type { QueryClient } from "@tanstack/vue-query";
import { PRODUCTS } from "../products";

/** Beginnings of the keys of a topic's queries. */
function keysOf(topics: Iterable<string>): Set<string> {
  return new Set([...topics].flatMap((topic) => PRODUCTS.flatMap(({ changes }) => changes?.[topic] ?? [])));
}

/** Marks the queries of changed topics as old; they are asked for again once the page is seen. */
export function changeQueries(queries: QueryClient, page: Document = document): (topics: readonly string[]) => void {
  const waiting = new Set<string>();

  function ask(): void {
    if (page.visibilityState !== "visible") return;
    for (const key of keysOf(waiting)) void queries.invalidateQueries({ queryKey: [key] });
    waiting.clear();
  }

  page.addEventListener("visibilitychange", ask);
  return (topics) => {
    for (const topic of topics) waiting.add(topic);
    ask();
  };
}
