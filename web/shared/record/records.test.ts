import { expect, it } from "vitest";
import { flatten, rangeOf } from "./records";

it("a record becomes single values by their path, and tables", () => {
  const answer = { price: 12.5, range: { low: 10, high: null }, tags: ["a", "b"], reasons: [{ field: "km", effect: -3 }, { field: "fuel", value: true }] };
  expect(flatten(answer)).toEqual({
    facts: [
      { path: "price", value: 12.5 },
      { path: "range.low", value: 10 },
      { path: "range.high", value: null },
      { path: "tags", value: "a, b" },
    ],
    tables: [{ path: "reasons", columns: ["field", "effect", "value"], rows: [{ field: "km", effect: -3 }, { field: "fuel", value: true }] }],
  });
});

it.each([null, 3, [1], "text"])("%j holds nothing to show", (record) => {
  expect(flatten(record)).toEqual({ facts: [], tables: [] });
});

it("the range of an answer is about the number that stands before it", () => {
  const range = { low: 10, high: 15, coverage: 0.9 };
  expect(rangeOf({ model: "a", price: 12.5, currency: "EUR", range })).toEqual({ field: "price", value: 12.5, currency: "EUR", ...range });
  expect(rangeOf({ duration_s: 600, range })?.currency).toBeNull();
  // what is asked for a car stands before what it is worth
  expect(rangeOf({ rating: "fair", asking_price: 14, value: 12.5, currency: "GBP", range, more: 3 })?.value).toBe(12.5);
});

it.each([null, { price: 3 }, { price: 3, range: { low: 1 } }, { range: { low: 1, high: 2, coverage: 0.9 } }])("%j has no range", (answer) => {
  expect(rangeOf(answer)).toBeNull();
});
