// Queries that are asked for again when the server says that their topic has changed.
import type { QueryClient } from "@tanstack/vue-query";
import { watch } from "vue";
import { API_ROOT, APP_BASE } from "../addresses";
import { PRODUCTS } from "../products";
import { setLive } from "@/shared/page/live";
import { browserParts, followEvents } from "./event-stream";
import { session } from "./session";

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

/** Keeps the queries up to date for as long as somebody is signed in. */
export function keepQueriesLive(queries: QueryClient): void {
  const name = `drivetrain.events ${APP_BASE}`;
  const onChange = changeQueries(queries);
  let stop: (() => void) | null = null;
  watch(
    () => session.me !== null && !session.isOver,
    (isSignedIn) => {
      stop?.();
      const parts = isSignedIn ? browserParts(name) : null;
      stop = parts && followEvents(name, `${API_ROOT}events`, { onChange, onLive: setLive }, parts);
    },
    { immediate: true },
  );
}
