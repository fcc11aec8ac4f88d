import { describe, expect, it } from "vitest";
import { areaBeside, drawAreas } from "./areas";
import chicago from "./chicago77.json";

const { width, height, areas } = drawAreas(chicago);
const named = (name: string) => areas.find((area) => area.name === name)!;

describe("the drawing of Chicago", () => {
  it("has every area once, by number", () => {
    expect(areas.map((area) => area.number)).toEqual(Array.from({ length: 77 }, (_, index) => index + 1));
  });
  it("names its source and licence", () => {
    expect(chicago.license).toMatch(/libpysal.*BSD-3-Clause/);
  });
  it("is as wide as the city: 34.4 km by 42.2 km", () => {
    expect(width / height).toBeCloseTo(34.4 / 42.2, 1);
    expect(Math.max(...areas.flatMap(({ path }) => path.slice(1).split(/[LMZ ]+/).map(Number)))).toBeLessThanOrEqual(height);
  });
  it("has the north at the top and the lake on the right", () => {
    expect(named("Rogers Park").y).toBeLessThan(named("Hegewisch").y);
    expect(named("O'Hare").x).toBeLessThan(named("Loop").x);
  });
});

describe("arrow keys on the map", () => {
  it.each([
    ["ArrowUp", "Near North Side"],
    ["ArrowDown", "Near South Side"],
    ["ArrowLeft", "Near West Side"],
    ["ArrowRight", "Loop"],
  ] as const)("%s leads from the Loop to %s", (key, name) => {
    expect(areaBeside(areas, named("Loop").number, key)).toBe(named(name).number);
  });
  it("reach every area from the Loop", () => {
    const reached = new Set([32]);
    for (const number of reached) {
      for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"] as const) reached.add(areaBeside(areas, number, key));
    }
    expect([...areas].filter((area) => !reached.has(area.number)).map((area) => area.name)).toEqual([]);
  });
});
