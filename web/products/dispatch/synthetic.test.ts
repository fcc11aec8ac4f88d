import { expect, it } from "vitest";
import { isSynthetic } from "./synthetic";

it.each([
  ["synthetic-1-rider-4", true],
  ["synthetics", false],
  ["rider-synthetic-1", false],
  ["", false],
])("%s", (id, expected) => {
  expect(isSynthetic(id)).toBe(expected);
});
