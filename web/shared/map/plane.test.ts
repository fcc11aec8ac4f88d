import { describe, expect, it } from "vitest";
import chicago from "../../products/trips/areas/chicago77.json";
import { bboxOf, outlineOf, overlaps, padded, planeOf, scaleBar } from "./plane";

const CITY = { south: 41.6, west: -87.95, north: 42.05, east: -87.5 };

describe("the plane of a city", () => {
  it("has the north at the top, the east on the right, and everything inside", () => {
    const { width, height, project } = planeOf(CITY);
    expect(project(CITY.north, CITY.west)).toEqual([0, 0]);
    const [x, y] = project(CITY.south, CITY.east);
    expect([x, y]).toEqual([expect.closeTo(width), expect.closeTo(height)]);
    expect(Math.max(width, height)).toBeCloseTo(1000);
  });
  it("is as wide as the city on the ground", () => {
    const { width, height } = planeOf(CITY);
    expect(width / height).toBeCloseTo(Math.cos((41.825 * Math.PI) / 180));
  });
  it("has room around a single driver", () => {
    const box = padded({ south: 41.8, west: -87.6, north: 41.8, east: -87.6 });
    const { width, height, project } = planeOf(box);
    const [x, y] = project(41.8, -87.6);
    expect(x).toBeCloseTo(width / 2);
    expect(y).toBeCloseTo(height / 2);
  });
  it("does not reach beyond the world", () => {
    expect(padded({ south: -90, west: -180, north: 90, east: 180 })).toEqual({ south: -90, west: -180, north: 90, east: 180 });
  });
});

describe("what stands on the map", () => {
  it.each([
    [CITY, 5],
    [padded({ south: 41.8, west: -87.6, north: 41.8, east: -87.6 }), 0.1],
  ])("has a bar of a round length", (box, km) => {
    const bar = scaleBar(box);
    expect(bar.km).toBe(km);
    expect(bar.share).toBeGreaterThan(0.09);
    expect(bar.share).toBeLessThanOrEqual(0.25);
  });
  it("has Chicago's areas where the map shows Chicago", () => {
    const plane = planeOf(CITY);
    const numbers = outlineOf(chicago, plane).match(/-?\d+\.\d/g)!.map(Number);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(1000);
    expect(overlaps(CITY, { south: 40.5, west: -74.3, north: 41, east: -73.6 })).toBe(false);
    expect(overlaps(CITY, { south: 41.9, west: -88.5, north: 43, east: -87.9 })).toBe(true);
  });
});

it("a box is asked for as the API reads it", () => {
  expect(bboxOf(CITY)).toBe("41.60000,-87.95000,42.05000,-87.50000");
});
