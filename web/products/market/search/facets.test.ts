import { expect, it } from "vitest";
import { facetWords, SHORT_LIST, shortList } from "./facets";

const counts = ["Audi", "BMW", "Citroën", "Dacia", "Fiat", "Ford", "Honda", "Kia"].map((value, index) => ({ value, cars: 10 - index }));

it("chosen words are shown in a short list, in any writing, and where no car has them", () => {
  const words = facetWords(counts, ["kia", "Trabant"]);
  expect(words).toHaveLength(counts.length + 1);
  expect(shortList(words).map(({ word }) => word)).toEqual([...counts.slice(0, SHORT_LIST).map(({ value }) => value), "Kia", "Trabant"]);
  expect(words.at(-1)).toEqual({ word: "Trabant", cars: 0, isChosen: true });
});

it("nothing is chosen at first", () => {
  expect(facetWords([{ value: 5, cars: 2 }], [])).toEqual([{ word: "5", cars: 2, isChosen: false }]);
});
