// What a search asks for: what stands in the address, what was typed as text, and what the API made of both.
import type { Schemas } from "@/api/web";
import { readNumber } from "@/shared/form/contract";
import { oneOf, text, type Parameter } from "@/shared/url/url-state";
import type { SearchParameters } from "../listings/car";

export type SearchAnswer = Schemas["SearchPageAnswer"];
export type FoundCar = Schemas["FoundCarAnswer"];
export type Bounds = Schemas["BoundsAnswer"];

/** Fields of words in the order in which they are offered; of each several may be chosen. */
export const WORD_FIELDS = ["make", "model", "deal", "fuel", "gearbox", "body", "drive", "color", "country", "place"] as const;
/** Those that are filtered by and not offered with counts. */
const OTHER_WORD_FIELDS = ["variant"] as const;
export const RANGE_FIELDS = ["price", "year", "odometer_km", "power_kw", "price_share", "engine_size_l", "doors", "seats", "owners"] as const;
export const SORTS = ["newest", "deal", "price", "-price", "-year", "year", "odometer", "-power", "nearest"] as const;
/** In these directions a car may stand farther away, in km. */
export const RADII = ["", "10", "25", "50", "100", "200", "500"] as const;

type WordField = (typeof WORD_FIELDS)[number] | (typeof OTHER_WORD_FIELDS)[number] | "equipment";
export type RangeField = (typeof RANGE_FIELDS)[number];
export type Side = "min" | "max";
export type RangeName = `${RangeField}_${Side}`;

/** The state of the page as the address has it; `map` is `1` where the map is shown. */
export type Search = Record<WordField | RangeName | "q" | "currency" | "near" | "radius_km" | "compare" | "map", string> & { sort: (typeof SORTS)[number] };

const ALL_WORD_FIELDS: readonly WordField[] = [...WORD_FIELDS, ...OTHER_WORD_FIELDS, "equipment"];
const SIDES: readonly Side[] = ["min", "max"];
const RANGE_NAMES: readonly RangeName[] = RANGE_FIELDS.flatMap((field) => SIDES.map((side) => `${field}_${side}` as const));
const TEXTS = [...ALL_WORD_FIELDS, ...RANGE_NAMES, "q", "currency", "near", "radius_km", "compare", "map"] as const;

export const SEARCH = { ...Object.fromEntries(TEXTS.map((name) => [name, text()])), sort: oneOf(SORTS) } as { [K in keyof Search]: Parameter<Search[K]> };

/** Several words in one parameter of the address: a comma within a word is written `%2C`. */
export const wordsOf = (written: string): string[] =>
  written
    .split(",")
    .map((word) => word.replaceAll("%2C", ",").trim())
    .filter((word) => word !== "");
export const written = (words: readonly string[]): string => words.map((word) => word.replaceAll(",", "%2C")).join(",");

const isAlike = (one: string, other: string) => one.localeCompare(other, undefined, { sensitivity: "base" }) === 0;

/** Whether a word is filtered by; the address may write it otherwise than the API. */
export const has = (words: readonly string[] | undefined, word: string): boolean => words?.some((each) => isAlike(each, word)) ?? false;

/** The bounds in the address that are no numbers, and a place that is none. */
export function wrongEntries(search: Search): (RangeName | "near")[] {
  const ranges = RANGE_NAMES.filter((name) => search[name].trim() !== "" && readNumber(search[name].trim()) === null);
  return search.near.trim() !== "" && placeOf(search.near) === null ? [...ranges, "near"] : ranges;
}

/** A town, or `53.8, -1.55` in degrees, as the API takes it. */
function placeOf(typed: string): string | null {
  if (/\p{L}/u.test(typed)) return typed.trim();
  const [latitude, longitude, ...rest] = typed.split(",").map((part) => part.trim());
  const isWithin = (part: string | undefined, most: number) => part !== undefined && /^-?\d+(\.\d+)?$/.test(part) && Math.abs(Number(part)) <= most;
  return rest.length === 0 && isWithin(latitude, 90) && isWithin(longitude, 180) ? `${latitude},${longitude}` : null;
}

/** The parameters of `GET /market/search`; null while an entry is wrong. */
export function parametersOf(search: Search): SearchParameters | null {
  if (wrongEntries(search).length > 0) return null;
  const words = ALL_WORD_FIELDS.map((field) => [field, wordsOf(search[field])] as const).filter(([, list]) => list.length > 0);
  const ranges = RANGE_NAMES.filter((name) => search[name].trim() !== "").map((name) => [name, readNumber(search[name].trim())] as const);
  const near = placeOf(search.near);
  const place = near === null ? {} : { near, ...(RADII.some((each) => each !== "" && each === search.radius_km) ? { radius_km: Number(search.radius_km) } : {}) };
  const q = search.q.trim();
  return {
    ...Object.fromEntries([...words, ...ranges]),
    ...place,
    ...(q === "" ? {} : { q }),
    ...(search.currency === "" ? {} : { currency: search.currency as NonNullable<SearchParameters["currency"]> }),
    sort: search.sort === "nearest" && near === null ? "newest" : search.sort,
  };
}

/** A filter that counts, and whence it comes. */
export interface Filter {
  field: string;
  word: string | null;
  bounds: Bounds | null;
  /** The part of the text that was read as it; null where it was chosen. */
  text: string | null;
  isCorrected: boolean;
}

/** The filters of an answer in the order of the fields, those of the text among them. */
export function filtersOf(search: Search, { filters, interpretation }: SearchAnswer): Filter[] {
  const readings = interpretation.filters;
  const words = ALL_WORD_FIELDS.flatMap((field) => {
    const chosen = wordsOf(search[field]);
    const applied = field === "equipment" ? filters.equipment : (filters.words[field] ?? []);
    return applied.map((word): Filter => {
      const reading = readings.find((each) => each.field === field && each.word === word);
      // what is chosen wins over the text; of equipment both count
      const isChosen = field === "equipment" ? has(chosen, word) : chosen.length > 0;
      return { field, word, bounds: null, text: isChosen ? null : (reading?.text ?? null), isCorrected: !isChosen && (reading?.is_corrected ?? false) };
    });
  });
  const ranges = RANGE_FIELDS.flatMap((field): Filter[] => {
    const bounds = filters.ranges[field];
    if (bounds === undefined) return [];
    const isChosen = search[`${field}_min`] !== "" || search[`${field}_max`] !== "";
    const reading = readings.find((each) => each.field === field && each.bounds !== null);
    return [{ field, word: null, bounds, text: isChosen ? null : (reading?.text ?? null), isCorrected: false }];
  });
  return [...words, ...ranges];
}

/** The search with the filters of its text as chosen ones, and no text: from then on each can be changed by itself. */
export function adopted(search: Search, answer: SearchAnswer): Search {
  if (answer.interpretation.filters.length === 0) return search;
  const words = ALL_WORD_FIELDS.map((field) => [field, written(field === "equipment" ? answer.filters.equipment : (answer.filters.words[field] ?? []))] as const);
  const ranges = RANGE_FIELDS.flatMap((field) => {
    const bounds = answer.filters.ranges[field];
    return SIDES.map((side) => [`${field}_${side}`, bounds?.[side] == null ? "" : String(bounds[side])] as const);
  });
  const currency = search.currency || answer.interpretation.currency || "";
  return { ...search, ...Object.fromEntries([...words, ...ranges]), currency, q: "" };
}

/** The filters of an answer, those of the text among them, as parameters of what is asked about all its cars. */
export function filterOf(search: Search, answer: SearchAnswer): SearchParameters {
  const parameters = parametersOf(adopted(search, answer)) ?? {};
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== "sort" && name !== "q"));
}

/** The search without one of its filters. */
export function without(search: Search, answer: SearchAnswer, { field, word, text: part }: Filter): Search {
  const base = part === null ? search : adopted(search, answer);
  if (word === null) return { ...base, [`${field}_min`]: "", [`${field}_max`]: "" };
  return { ...base, [field]: written(wordsOf(base[field as WordField]).filter((each) => !isAlike(each, word))) };
}

/** The search with a word of a field more or less. */
export function toggled(search: Search, answer: SearchAnswer, field: (typeof WORD_FIELDS)[number] | "equipment", word: string): Search {
  const isOfText = answer.interpretation.filters.some((each) => each.field === field);
  const base = isOfText ? adopted(search, answer) : search;
  const words = wordsOf(base[field]);
  return { ...base, [field]: written(has(words, word) ? words.filter((each) => !isAlike(each, word)) : [...words, word]) };
}

/** The search that asks for everything; what is compared stays. */
export function cleared(search: Search): Search {
  const empty = Object.fromEntries(TEXTS.map((name) => [name, ""])) as unknown as Search;
  return { ...empty, sort: search.sort === "nearest" ? "newest" : search.sort, currency: search.currency, compare: search.compare, map: search.map };
}
