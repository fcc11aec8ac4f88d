import { expect, it } from "vitest";
import { nextOf } from "./next";

it.each([
  ["/rental/price?year=2016", "/rental/price?year=2016"],
  ["//evil.example", "/"], // another host
  ["/\\evil.example", "/"], // which browsers read alike
  ["https://evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["", "/"],
  [undefined, "/"],
  [["/a", "/b"], "/"],
])("goes on at a page of ours only: %s", (next, page) => {
  expect(nextOf({ query: next === undefined ? {} : { next } })).toBe(page);
});
