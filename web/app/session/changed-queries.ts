// Queries that are asked for again because their topic has changed.
import type { QueryClient } from "@tanstack/vue-query";
import { PRODUCTS } from "../products";

/** A task that runs notes its progress each second: queries are asked for again no more often than this. */
export const PAUSE_MS = 2_500;

/** All topics that pages show. */
export const TOPICS: readonly string[] = [...new Set(PRODUCTS.flatMap(({ changes }) => Object.keys(changes ?? {})))];

/** Beginnings of the keys of a topic's queries. */
function keysOf(topics: readonly string[]): string[] {
  return topics.flatMap((topic) => PRODUCTS.flatMap(({ changes }) => changes?.[topic] ?? []));
}

/**
 * Marks the queries of changed topics as old; they are asked for again once the page is seen. A request on its way is left
 * to arrive, and the query asked for once more then: its answer may be older than the change.
 */
export function changeQueries(queries: QueryClient, page: Document = document): (topics: readonly string[]) => void {
  const waiting = new Set<string>();
  const onTheirWay = new Set<string>();
  let pause: ReturnType<typeof setTimeout> | null = null;

  function collect(keys: readonly string[]): void {
    for (const key of keys) waiting.add(key);
    ask();
  }

  function ask(): void {
    if (pause !== null || waiting.size === 0 || page.visibilityState !== "visible") return;
    pause = setTimeout(() => {
      pause = null;
      ask();
    }, PAUSE_MS);
    const keys = [...waiting];
    waiting.clear();
    for (const key of keys) void askFor(key);
  }

  async function askFor(key: string): Promise<void> {
    const filter = { queryKey: [key] };
    const isOnItsWay = queries.isFetching(filter) > 0;
    const arrival = queries.invalidateQueries(filter, { cancelRefetch: false });
    if (!isOnItsWay || onTheirWay.has(key)) return;
    onTheirWay.add(key);
    await arrival;
    onTheirWay.delete(key);
    collect([key]);
  }

  page.addEventListener("visibilitychange", ask);
  return (topics) => collect(keysOf(topics));
}
