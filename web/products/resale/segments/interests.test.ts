import { describe, expect, it } from "vitest";
import { mainShares, reliability } from "./interests";

describe("the main shares", () => {
  it("are the largest three, without crumbs", () => {
    expect(mainShares({ van: 0.15, suv: 0.4, sedan: 0.2, coupe: 0.19, other: 0.06 }).map(({ word }) => word)).toEqual(["suv", "sedan", "coupe"]);
    expect(mainShares({ van: 0.92, suv: 0.08 })).toEqual([{ word: "van", share: 0.92 }]);
  });
  it("are one at least", () => {
    expect(mainShares({ van: 0.05, suv: 0.04 })).toHaveLength(1);
    expect(mainShares({})).toEqual([]);
  });
});

it.each([
  [0.75, "named"],
  [0.6, "fair"],
  [0.59, "unreliable"],
])("a stability of %d is %s", (stability, word) => {
  expect(reliability(stability)).toBe(word);
});
