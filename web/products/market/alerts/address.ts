// A saved search as the API writes it, as the page of the search has it in its address, and as filters to read.
import type { SearchParameters } from "../listings/car";
import { RANGE_FIELDS, WORD_FIELDS, written, type Filter } from "../search/filters";

const WORDS: readonly string[] = [...WORD_FIELDS, "variant", "equipment", "deal", "company"];
/** What a saved search does not keep. */
const LEFT_OUT: readonly string[] = ["sort", "limit", "cursor", "facets"];

/** The parameters of a search as an address has them: of each word one parameter. */
export function addressOf(parameters: SearchParameters): string {
  const pairs = Object.entries(parameters)
    .filter(([name, value]) => value !== undefined && value !== null && !LEFT_OUT.includes(name))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, String(each)]));
  return new URLSearchParams(pairs).toString();
}

/** The query of the page of the search, which has the words of a field in one parameter. */
export function pageQueryOf(search: string): Record<string, string> {
  const given = new URLSearchParams(search);
  const names = [...new Set(given.keys())];
  return Object.fromEntries(names.map((name) => [name, WORDS.includes(name) ? written(given.getAll(name)) : (given.get(name) ?? "")]));
}

/** The filters of a saved search. */
export function filtersIn(search: string): { filters: Filter[]; currency: string; radius_km: number | null } {
  const given = new URLSearchParams(search);
  const chosen = { text: null, isCorrected: false };
  const words = WORDS.flatMap((field) => given.getAll(field).map((word): Filter => ({ field, word, bounds: null, ...chosen })));
  const number = (name: string) => (given.has(name) ? Number(given.get(name)) : null);
  const ranges = [...RANGE_FIELDS, "price_share"].flatMap((field): Filter[] => {
    const bounds = { min: number(`${field}_min`), max: number(`${field}_max`) };
    return bounds.min === null && bounds.max === null ? [] : [{ field, word: null, bounds, ...chosen }];
  });
  return { filters: [...words, ...ranges], currency: given.get("currency") ?? "", radius_km: number("radius_km") };
}
