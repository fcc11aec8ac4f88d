// The event stream and the queries, wired: whoever is signed in sees what others do.
import type { QueryClient } from "@tanstack/vue-query";
import { watch } from "vue";
import { API_ROOT, APP_BASE } from "../addresses";
import { setLive } from "@/shared/page/live";
import { changeQueries, TOPICS } from "./changed-queries";
import { browserParts, followEvents } from "./event-stream";
import { session } from "./session";

/** Keeps the queries up to date for as long as somebody is signed in. */
export function keepQueriesLive(queries: QueryClient): void {
  const name = `drivetrain.events ${APP_BASE}`;
  const onChange = changeQueries(queries);
  const handlers = { onChange, onGap: () => onChange(TOPICS), onLive: setLive };
  const position = { last: "" };
  let stop: (() => void) | null = null;
  watch(
    [() => session.me?.person_id, () => session.isOver],
    ([person, isOver]) => {
      stop?.();
      if (person === undefined) position.last = ""; // a session that is over may be renewed, and goes on from there
      const parts = person !== undefined && !isOver ? browserParts(name) : null;
      stop = parts && followEvents(name, `${API_ROOT}events`, handlers, parts, position);
    },
    { immediate: true },
  );
}
