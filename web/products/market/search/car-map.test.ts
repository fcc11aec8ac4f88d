import { expect, it } from "vitest";
import { aroundCell, boxOf, type CarCell } from "./car-map";

const cell = (south: number, west: number, side: number): CarCell => ({ south, west, north: south + side, east: west + side, latitude: south, longitude: west, cars: 2, listing_id: null });

it("has the box of all cells", () => {
  expect(boxOf([cell(50, -1, 1), cell(53, 2, 1)])).toEqual({ south: 50, west: -1, north: 54, east: 3 });
});
it.each([
  [cell(50, 0, 0.02), "10"],
  [cell(50, 0, 1), "100"],
  [cell(-40, 0, 60), "500"],
])("narrows to the smallest radius that holds a cell", (each, radius) => {
  expect(aroundCell(each).radius_km).toBe(radius);
});
it("writes the middle of a cell as the address has places", () => {
  expect(aroundCell(cell(53, -2, 1)).near).toBe("53.5000, -1.5000");
});
