import { describe, expect, it } from "vitest";
import { readQuery, writeQuery } from "@/shared/url/url-state";
import { adopted, cleared, filtersOf, has, parametersOf, SEARCH, toggled, without, wordsOf, written, wrongEntries, type Search, type SearchAnswer } from "./filters";

const search = (fields: Partial<Search> = {}): Search => ({ ...readQuery(SEARCH, {}), ...fields }) as Search;
const reading = (field: string, text: string, word: string | null, bounds: object | null = null) => ({ field, text, word, bounds, is_corrected: text !== word?.toLowerCase(), is_implied: false });

/** What the API answers to `bmw seris 3 sunroof under 15k` in pounds. */
const ANSWER = {
  filters: { words: { make: ["BMW"], model: ["3 Series"] }, ranges: { price: { min: null, max: 15_000 } }, equipment: ["sunroof"] },
  interpretation: {
    filters: [reading("make", "bmw", "BMW"), reading("model", "seris 3", "3 Series"), reading("equipment", "sunroof", "sunroof"), reading("price", "under 15k", null, { min: null, max: 15_000 })],
    currency: "GBP",
    unread: [],
  },
} as unknown as SearchAnswer;
const TYPED = search({ q: "bmw seris 3 sunroof under 15k" });

describe("the address", () => {
  it("has nothing where nothing is asked", () => {
    expect(writeQuery(SEARCH, search(), {})).toEqual({});
  });
  it("keeps several words, with commas in them", () => {
    expect(wordsOf(written(["2.0, TDI", "BMW"]))).toEqual(["2.0, TDI", "BMW"]);
    expect(wordsOf(", ,")).toEqual([]);
  });
});

describe("what the API is asked", () => {
  it("is what is chosen, typed and bounded", () => {
    expect(parametersOf(search({ q: " diesel ", make: "BMW,Audi", price_max: "15 000", equipment: "sunroof", currency: "GBP", sort: "price" }))).toEqual({
      q: "diesel",
      make: ["BMW", "Audi"],
      price_max: 15_000,
      equipment: ["sunroof"],
      currency: "GBP",
      sort: "price",
    });
  });
  it("is nothing while an entry is wrong", () => {
    const wrong = search({ price_max: "cheap", near: "91,0" });
    expect(wrongEntries(wrong)).toEqual(["price_max", "near"]);
    expect(parametersOf(wrong)).toBeNull();
  });
  it("has a place with its radius, and is sorted by distance from it only", () => {
    expect(parametersOf(search({ near: "53.8, -1.55", radius_km: "50", sort: "nearest" }))).toEqual({ near: "53.8,-1.55", radius_km: 50, sort: "nearest" });
    expect(parametersOf(search({ radius_km: "50", sort: "nearest" }))).toEqual({ sort: "newest" });
    expect(parametersOf(search({ near: "0,0", radius_km: "7" }))).toEqual({ near: "0,0", sort: "newest" });
  });
});

describe("the filters that are shown", () => {
  it("say which part of the text they come from", () => {
    expect(filtersOf(TYPED, ANSWER).map(({ field, text, isCorrected }) => [field, text, isCorrected])).toEqual([
      ["make", "bmw", false],
      ["model", "seris 3", true],
      ["equipment", "sunroof", false],
      ["price", "under 15k", false],
    ]);
  });
  it("are chosen where the address has them", () => {
    const chosen = search({ q: TYPED.q, make: "bmw", price_max: "15000" });
    expect(filtersOf(chosen, ANSWER).filter(({ text }) => text === null).map(({ field }) => field)).toEqual(["make", "price"]);
  });
});

describe("a filter that is taken away", () => {
  it("leaves the others of the text, which are chosen then", () => {
    const model = filtersOf(TYPED, ANSWER)[1]!;
    const rest = without(TYPED, ANSWER, model);
    expect(rest).toMatchObject({ q: "", make: "BMW", model: "", equipment: "sunroof", price_max: "15000", currency: "GBP" });
  });
  it("leaves the text where it was chosen", () => {
    const chosen = search({ q: "diesel", make: "BMW,Audi", year_min: "2015" });
    const filter = { bounds: null, text: null, isCorrected: false };
    expect(without(chosen, ANSWER, { ...filter, field: "make", word: "bmw" })).toMatchObject({ q: "diesel", make: "Audi" });
    expect(without(chosen, ANSWER, { ...filter, field: "year", word: null }).year_min).toBe("");
  });
});

describe("a word of a facet", () => {
  it("is added to those of the text", () => {
    expect(toggled(TYPED, ANSWER, "make", "Audi")).toMatchObject({ q: "", make: "BMW,Audi", model: "3 Series" });
    expect(toggled(TYPED, ANSWER, "make", "BMW").make).toBe("");
  });
  it("leaves a text about other fields", () => {
    expect(toggled(TYPED, ANSWER, "fuel", "diesel")).toMatchObject({ q: TYPED.q, fuel: "diesel" });
  });
  it("is the same in any writing", () => {
    expect(has(["bmw"], "BMW")).toBe(true);
    expect(toggled(search({ make: "bmw" }), { ...ANSWER, interpretation: { filters: [], currency: null, unread: [] } }, "make", "BMW").make).toBe("");
  });
});

it("a search without text has nothing to adopt", () => {
  const chosen = search({ make: "BMW" });
  expect(adopted(chosen, { ...ANSWER, interpretation: { filters: [], currency: null, unread: [] } })).toBe(chosen);
});

it("a cleared search keeps what is compared", () => {
  expect(cleared(search({ q: "x", make: "BMW", compare: "1", sort: "nearest", near: "0,0" }))).toEqual(search({ compare: "1" }));
});
