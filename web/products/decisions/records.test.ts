import { expect, it } from "vitest";
import { flatten } from "./records";

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
