import { describe, expect, it } from "vitest";
import { moved } from "./order";

describe("photos in an order", () => {
  it("moves one of them, and leaves the others as they follow each other", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
    expect(moved(["a", "b", "c"], 2, -2)).toEqual(["c", "a", "b"]);
  });

  it("moves nothing past an end", () => {
    const photos = ["a", "b"];
    for (const [from, by] of [[0, -1], [1, 1], [5, -1], [-1, 1]] as const) expect(moved(photos, from, by)).toEqual(photos);
  });
});
