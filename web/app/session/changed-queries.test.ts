import { QueryClient, QueryObserver, type InvalidateQueryFilters } from "@tanstack/vue-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { changeQueries, PAUSE_MS, TOPICS } from "./changed-queries";

/** A page that is seen or not. */
function page(visibilityState: DocumentVisibilityState) {
  const listeners: (() => void)[] = [];
  return {
    visibilityState,
    addEventListener: (_kind: string, listener: () => void) => void listeners.push(listener),
    show(): void {
      this.visibilityState = "visible";
      for (const listener of listeners) listener();
    },
  };
}

function parts(visibilityState: DocumentVisibilityState) {
  const queries = new QueryClient();
  const asked = vi.spyOn(queries, "invalidateQueries");
  const shown = page(visibilityState);
  const change = changeQueries(queries, shown as unknown as Document);
  const keys = () => asked.mock.calls.map(([filter]) => (filter as InvalidateQueryFilters).queryKey?.[0]).sort();
  return { queries, change, shown, keys };
}

/** A query that a page shows, whose answers arrive when the test says so. */
function slowQuery(queries: QueryClient, key: string) {
  const answers: ((value: number) => void)[] = [];
  const cancelled: number[] = [];
  const observer = new QueryObserver(queries, {
    queryKey: [key],
    queryFn: ({ signal }) => {
      const number = answers.length;
      signal.addEventListener("abort", () => cancelled.push(number));
      return new Promise<number>((resolve) => answers.push(resolve));
    },
  });
  observer.subscribe(() => undefined);
  return { answers, cancelled, observer };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("queries of a topic that has changed", () => {
  it("are asked for at once, and after a pause for all that came meanwhile", async () => {
    const { change, keys } = parts("visible");
    for (let second = 0; second < 10; second += 1) {
      change(["tasks"]);
      await vi.advanceTimersByTimeAsync(PAUSE_MS / 10);
    }
    expect(keys()).toEqual(["tasks", "tasks"]);
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect(keys()).toEqual(["tasks", "tasks"]);
  });

  it("let a slow answer arrive, and are asked for once more then", async () => {
    const { queries, change } = parts("visible");
    const { answers, cancelled, observer } = slowQuery(queries, "tasks");
    for (let times = 0; times < 5; times += 1) {
      change(["tasks"]);
      await vi.advanceTimersByTimeAsync(2 * PAUSE_MS);
    }
    expect([answers.length, cancelled]).toEqual([1, []]);
    answers[0]?.(1);
    await vi.advanceTimersByTimeAsync(2 * PAUSE_MS);
    expect([answers.length, observer.getCurrentResult().data]).toEqual([2, 1]);
    answers[1]?.(2);
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS);
    expect([answers.length, observer.getCurrentResult().data]).toEqual([2, 2]);
  });

  it("are asked for again, each once", () => {
    const { change, keys } = parts("visible");
    change(["models", "slots"]);
    expect(keys()).toEqual(["health", "home", "models", "trips-status"]);
  });

  it("wait for as long as nobody sees the page", () => {
    const { change, shown, keys } = parts("hidden");
    change(["tasks"]);
    change(["tasks", "notifications"]);
    expect(keys()).toEqual([]);
    shown.show();
    expect(keys()).toEqual(["notifications", "tasks"]);
    shown.show();
    vi.advanceTimersByTime(2 * PAUSE_MS);
    expect(keys()).toHaveLength(2);
  });

  it("are all of them after a gap, the first page with them", () => {
    const { change, keys } = parts("visible");
    change(TOPICS);
    expect(keys()).toEqual(expect.arrayContaining(["home", "models", "notifications", "tables", "tasks", "trips-status"]));
  });

  it("are none for a topic that no page shows", () => {
    const { change, keys } = parts("visible");
    change(["unheard of"]);
    expect(keys()).toEqual([]);
  });
});
