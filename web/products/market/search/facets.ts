// The words of one field with how many cars each would give.
import type { Schemas } from "@/api/web";
import { has } from "./filters";

/** So many stand there unasked. */
export const SHORT_LIST = 6;

export interface FacetWord {
  word: string;
  cars: number;
  isChosen: boolean;
}

/** The words of a field, most frequent first; chosen ones are there even where no car is left. */
export function facetWords(counts: readonly Schemas["FacetAnswer"][], chosen: readonly string[]): FacetWord[] {
  const counted = counts.map(({ value, cars }) => ({ word: String(value), cars, isChosen: has(chosen, String(value)) }));
  const missing = chosen.filter((word) => !has(counted.map((each) => each.word), word));
  return [...counted, ...missing.map((word) => ({ word, cars: 0, isChosen: true }))];
}

/** Those that are shown while the list is short: the first, and all that are chosen. */
export const shortList = (words: readonly FacetWord[]): FacetWord[] => words.filter(({ isChosen }, index) => isChosen || index < SHORT_LIST);
