import { describe, expect, it } from "vitest";
import { gaugeOf, RATINGS, zonesOf } from "./deal";

const WORTH = { value: 10_000, low: 8_000, high: 14_000 };

describe("the zones of an asking price", () => {
  it("are those of the API's rule, without a gap", () => {
    expect(zonesOf(WORTH)).toEqual([
      { rating: "great", from: null, to: 8_000 },
      { rating: "good", from: 8_000, to: 9_000 },
      { rating: "fair", from: 9_000, to: 12_000 },
      { rating: "high", from: 12_000, to: 14_000 },
      { rating: "overpriced", from: 14_000, to: null },
    ]);
  });
  it("are as many as there are ratings", () => {
    expect(zonesOf({ value: 1, low: 1, high: 1 }).map((zone) => zone.rating)).toEqual(RATINGS);
  });
});

describe("the line of the gauge", () => {
  it("has the range in its middle", () => {
    const { place } = gaugeOf(WORTH);
    expect(place(11_000)).toBeCloseTo(0.5);
    expect(place(8_000) + place(14_000)).toBeCloseTo(1);
  });
  it.each([
    [1, 0],
    [1e9, 1],
  ])("keeps %d at its end", (asking, place) => {
    expect(gaugeOf(WORTH).place(asking)).toBe(place);
  });
  it("is a line for a range without width", () => {
    expect(gaugeOf({ value: 5, low: 5, high: 5 }).place(5)).toBeGreaterThanOrEqual(0);
  });
});
