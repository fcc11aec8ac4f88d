// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { beforeAll, expect, it } from "vitest";
import { i18n } from "@/app/i18n";
import { PRODUCTS } from "@/app/products";
import english from "@/languages/en.json";
import { useAnswerWords } from "./use-answer-words";

const range = (low: number, high: number) => ({ low, high, coverage: 0.9 });

beforeAll(() => i18n.global.setLocaleMessage("en", english));

const spaced = (text: string) => text.replaceAll("\u00a0", " ");

function wordsOf(product: string, answer: unknown) {
  let words!: ReturnType<ReturnType<typeof useAnswerWords>>;
  mount({ setup: () => () => void (words = useAnswerWords()(product, answer)) }, { global: { plugins: [i18n] } });
  return words;
}

it.each([
  ["rental", { price_per_day: 121.5, currency: "EUR", range: range(100, 140) }, "€121.50"],
  ["resale", { price: 9_000, currency: "USD", range: range(8_000, 9_900), band: "middle" }, "$9,000.00"],
  ["resale", { rating: "fair", asking_price: 9_000, difference: -480, value: 9_480, currency: "GBP", range: range(8_120, 11_060), as_of_year: 2020 }, "£9,480.00"],
  ["resale", { segment: "3", name: "Family buyers", confidence: 0.83, second: null, fits: true }, "Family buyers"],
  ["trips", { duration_min: 12.13, range: range(4.79, 23.2) }, "12.1 min"],
  ["dispatch", { drivers: [{ driver_id: "d1", eta_min: 2.31 }], candidates: 1 }, "1 driver to choose from"],
  ["dispatch", { drivers: [], candidates: 0 }, "0 drivers to choose from"],
])("an answer of %s is summed up: %j", (product, answer, gist) => {
  expect(spaced(wordsOf(product, answer).gist)).toBe(gist);
});

it("an answer of a product without a card is its first values by name", () => {
  expect(wordsOf("insurance", { premium: { per_year: 300 }, class: "B", more: true }).gist).toBe("premium per year: 300, class: B");
  expect(wordsOf("insurance", { premium: 300, currency: "EUR", range: range(200, 400) }).gist).toBe("€300.00");
});

it("what belongs to a value is written in its unit", () => {
  const words = wordsOf("trips", { duration_min: 12.13, range: range(4.79, 23.2) });
  expect([words.name("duration_min"), words.name("range.low")]).toEqual(["Estimated duration", "Low end"]);
  expect([words.value("range.low", 4.79), words.value("range.coverage", 0.9), words.amount(3)].map(spaced)).toEqual(["4.8 min", "90%", "3.0 min"]);
  const deal = wordsOf("resale", { rating: "fair", asking_price: 9_000, value: 9_480, currency: "GBP", range: range(8_120, 11_060) });
  expect([deal.value("rating", "fair"), deal.value("asking_price", 9_000), deal.value("as_of_year", 2020)]).toEqual(["Fair price", "£9,000.00", "2020"]);
});

it("every message that a card names is there", () => {
  const keys = PRODUCTS.flatMap(({ answers }) => (answers ?? []).flatMap(({ as }) => (typeof as === "object" ? Object.values(as).filter((each) => typeof each === "string") : [])));
  expect(keys.length).toBeGreaterThan(2);
  expect(keys.filter((key) => key.split(".").reduce<unknown>((part, each) => (part as Record<string, unknown> | undefined)?.[each], english) === undefined)).toEqual([]);
});
