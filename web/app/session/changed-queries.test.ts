import { QueryClient, type InvalidateQueryFilters } from "@tanstack/vue-query";
import { describe, expect, it, vi } from "vitest";
import { changeQueries } from "./changed-queries";

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
  return { change, shown, keys };
}

describe("queries of a topic that has changed", () => {
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
    expect(keys()).toEqual(["home", "notifications", "tasks"]);
    shown.show();
    expect(keys()).toHaveLength(3);
  });

  it("are none for a topic that no page shows", () => {
    const { change, keys } = parts("visible");
    change(["unheard of"]);
    expect(keys()).toEqual([]);
  });
});
