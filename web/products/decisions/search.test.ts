import { describe, expect, it } from "vitest";
import { queryOf, type Search } from "./search";

const NOW = Date.parse("2026-05-02T12:00:00Z");
const search = (changes: Partial<Search>): Search => ({
  window: "day", from: "", to: "", product: "", model: "", version: "", caller: "", outcome: "any", ...changes,
});

describe("the query of a search", () => {
  it("has a window that ends now, and nothing of filters that are empty", () => {
    expect(queryOf(search({ caller: "  " }), NOW, "UTC")).toEqual({ from: "2026-05-01T12:00:00.000Z", to: "2026-05-02T12:00:00.000Z" });
  });

  it("reads a window of one's own in the zone of the page", () => {
    expect(queryOf(search({ window: "own", from: "2026-05-01T00:00", to: "2026-05-02T00:00" }), NOW, "Asia/Jakarta")).toMatchObject({
      from: "2026-04-30T17:00:00.000Z",
      to: "2026-05-01T17:00:00.000Z",
    });
  });

  it("ends now where a window of one's own has no end", () => {
    expect(queryOf(search({ window: "own", from: "2026-05-01T00:00" }), NOW, "UTC")?.to).toBe("2026-05-02T12:00:00.000Z");
  });

  it.each([
    ["no begin", { from: "" }],
    ["an end before its begin", { from: "2026-05-02T00:00", to: "2026-05-01T00:00" }],
  ])("is none for a window with %s", (_, changes) => {
    expect(queryOf(search({ window: "own", ...changes }), NOW, "UTC")).toBeNull();
  });

  it("carries words without spaces around them, and whether an outcome is known", () => {
    expect(queryOf(search({ model: " rental-price ", version: "4", outcome: "no" }), NOW, "UTC")).toMatchObject({
      model: "rental-price",
      version: "4",
      has_outcome: false,
    });
  });
});
