import { expect, it } from "vitest";
import { isSyntheticTable, mappingOf, previewOf } from "./preview";

it("a mapping is one pair a line", () => {
  expect(mappingOf(" Preis=price \n\nkm = mileage\n")).toEqual(["Preis=price", "km = mileage"]);
});

it.each([null, "text", {}, { version: "1" }])("%j is no preview", (result) => {
  expect(previewOf(result)).toBeNull();
});

it("a result with headings and counts is a preview", () => {
  const result = { headings: {}, accepted_rows: 1, refused_rows: 0 };
  expect(previewOf(result)).toBe(result);
});

it("a table that was added says whether it is synthetic", () => {
  expect(isSyntheticTable({ table: { is_synthetic: true }, preview: {} })).toBe(true);
  expect([null, {}, { table: null }, { table: { is_synthetic: false } }].map(isSyntheticTable)).toEqual([false, false, false, false]);
});
