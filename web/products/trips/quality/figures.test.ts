import { describe, expect, it } from "vitest";
import openapi from "@/api/openapi.json";
import english from "@/languages/en.json";
import { extentOf, GROUPINGS, METRICS, NEUTRAL, shadesOf } from "./figures";

describe("shades of a map", () => {
  it("grow from the neutral point to both sides", () => {
    const shades = shadesOf(new Map([[1, -2], [2, 1], [3, 0], [4, null]]), 0);
    expect(shades.get(1)).toEqual({ isAbove: false, strength: 1 });
    expect(shades.get(2)).toEqual({ isAbove: true, strength: 0.5 });
    expect(shades.get(3)).toEqual({ isAbove: true, strength: 0 });
    expect(shades.has(4)).toBe(false);
  });
  it("grow from the lowest value without a neutral point", () => {
    expect([...shadesOf(new Map([[1, 4], [2, 8], [3, 6]]), null).values()].map(({ strength }) => strength)).toEqual([0, 1, 0.5]);
  });
  it("are none without values, and plain where all are equal", () => {
    expect(shadesOf(new Map(), null).size).toBe(0);
    expect(shadesOf(new Map([[1, 5]]), null).get(1)).toEqual({ isAbove: true, strength: 0 });
  });
});

describe("the extent of an axis", () => {
  it("holds intervals and the neutral point", () => {
    const { low, high } = extentOf([{ value: 2, low: 1, high: 5 }, { value: null, low: null, high: null }], 0);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(5);
  });
  it("is never empty", () => {
    expect(extentOf([], null)).toEqual({ low: 0, high: 1 });
    const { low, high } = extentOf([{ value: 3, low: 3, high: 3 }], null);
    expect(high).toBeGreaterThan(low);
  });
});

describe("keys that are put together at run time", () => {
  const words = english.trips.quality;
  const { schemas } = openapi.components;
  it.each([
    ["metrics", METRICS, words.metrics],
    ["hints", METRICS, words.hints],
    ["groupings", GROUPINGS, words.by],
    ["verdicts", ["stable", "shifted", "drifted", "too_few"], words.verdicts],
    ["inputs", ["pickup_community_area", "dropoff_community_area", "pair_of_areas", "hour_of_week"], words.inputs],
    ["choices of the reference", schemas.ReferenceChoice.enum, words.references],
  ] as [string, readonly string[], object][])("%s have words", (_, names, there) => {
    expect(names.filter((name) => !(name in there))).toEqual([]);
  });
  it("are of figures that the API answers", () => {
    expect(METRICS.filter((metric) => !(metric in schemas.QualityFigures.properties) || !(metric in NEUTRAL))).toEqual([]);
    expect(GROUPINGS.filter((by) => !schemas.By.enum.includes(by))).toEqual([]);
  });
});
