import { describe, expect, it } from "vitest";
import { bodyOf, entryOf, mappedTwice, meaningsOf, type Mapping, type Report } from "./feeds";

const MAPPING: Mapping = { source: "main", version: 2, columns: { Marke: "make" }, words: { fuel: { Benziner: "petrol" } }, fixed: { currency: "EUR" }, created_at: null, created_by: null };
const REPORT = {
  ignored: ["Preis", "Notiz"],
  unread_words: { fuel: ["Benziner", "Diesl"], gearbox: ["CVT?"] },
  suggestions: { columns: { Preis: "price" }, words: { fuel: { Diesl: "diesel" } } },
} as unknown as Report;

describe("a mapping as it is edited", () => {
  const entry = entryOf(MAPPING, REPORT);

  it("has what is mapped, and what the file has besides with what it may mean", () => {
    expect(entry.headings).toEqual([
      { heading: "Marke", field: "make", isSuggested: false },
      { heading: "Preis", field: "price", isSuggested: true },
      { heading: "Notiz", field: "", isSuggested: false },
    ]);
    expect(entry.words.map(({ word, meaning, isSuggested }) => [word, meaning, isSuggested])).toEqual([
      ["Benziner", "petrol", false],
      ["Diesl", "diesel", true],
      ["CVT?", "", false],
    ]);
  });
  it("becomes the next version, without what means nothing", () => {
    expect(bodyOf({ ...entry, fixed: { currency: " GBP ", place: " " } }, 2)).toEqual({
      version: 2,
      columns: { Marke: "make", Preis: "price" },
      words: { fuel: { Benziner: "petrol", Diesl: "diesel" } },
      fixed: { currency: "GBP" },
    });
  });
  it("comes back as it was where nothing is changed", () => {
    const { version, columns, words, fixed } = MAPPING;
    expect(bodyOf(entryOf(MAPPING, null), version)).toEqual({ version, columns, words, fixed });
  });
  it("names a field that two headings stand for", () => {
    expect(mappedTwice(entry)).toEqual([]);
    expect(mappedTwice({ ...entry, headings: entry.headings.map((each) => ({ ...each, field: "make" })) })).toEqual(["make"]);
  });
});

it("knows the words of a field, and of equipment", () => {
  expect(meaningsOf("fuel")).toContain("petrol");
  expect(meaningsOf("equipment")).toContain("tow_bar");
  expect(meaningsOf("description")).toEqual([]);
});
