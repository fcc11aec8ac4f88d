import { expect, it } from "vitest";
import { fromKm, toKm } from "./distances";

it.each(["1", "60000", "123456"])("%s miles come back as they were typed", (typed) => {
  expect(fromKm(toKm(typed, "miles"), "miles")).toBe(typed);
});

it("kilometers are themselves, however they are typed", () => {
  expect(toKm("60 000", "km")).toBe("60000");
  expect(fromKm("60000", "km")).toBe("60000");
});

it.each(["", "far", "1.500"])("%j stays", (typed) => {
  expect(toKm(typed, "miles")).toBe(typed);
  expect(fromKm(typed, "miles")).toBe(typed);
});
