// Tables that a dealer sends, and how they are read.
import type { Schemas } from "@/api/web";
import { EQUIPMENT, FIELDS } from "../listings/car";

export type Feed = Schemas["FeedAnswer"];
export type Report = Schemas["ReportAnswer"];
export type Mapping = Schemas["MappingAnswer"];
export type MappingBody = Schemas["MappingBody"];

/** What a source may be called. */
export const SOURCE = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const MAIN = "main";

const MEANINGS: Record<Feed["state"], "good" | "warn" | "bad" | "plain"> = { waiting: "plain", held: "warn", taken: "good", unchanged: "good", previewed: "plain", refused: "bad" };
export const meaningOf = (state: Feed["state"]) => MEANINGS[state];

/** What a feed changes, in the order in which it is shown. */
export const CHANGES = ["new", "changed", "back", "gone", "unchanged", "kept", "repriced", "left"] as const;
export type Change = (typeof CHANGES)[number];

/** A heading of the file and what it means; an empty field is read as nothing. */
export interface HeadingEntry {
  heading: string;
  field: string;
  isSuggested: boolean;
}

/** A word of the file and the word that listings have for it; an empty meaning is none. */
export interface WordEntry {
  field: string;
  word: string;
  meaning: string;
  isSuggested: boolean;
}

/** A mapping as it is edited. */
export interface MappingEntry {
  headings: HeadingEntry[];
  words: WordEntry[];
  fixed: Record<string, string>;
}

/** Fields that may be the same for all cars of a dealer. */
export const FIXABLE = ["distance_unit", "currency", "country", "place", "latitude", "longitude"] as const;

/** The words that listings have in a field; none for one of free text. */
export function meaningsOf(field: string): readonly string[] {
  if (field === "equipment") return EQUIPMENT;
  const known = FIELDS.find(({ name }) => name === field);
  return known?.kind === "choice" ? known.values : [];
}

/** What to edit: what is mapped, the headings and words of the last file that nobody knows, and what they may mean. */
export function entryOf(mapping: Mapping, report: Report | null | undefined): MappingEntry {
  const suggested = report?.suggestions ?? { columns: {}, words: {} };
  const headings = new Map<string, HeadingEntry>(Object.entries(mapping.columns).map(([heading, field]) => [heading, { heading, field, isSuggested: false }]));
  for (const heading of report?.ignored ?? []) {
    if (headings.has(heading)) continue;
    const field = suggested.columns[heading] ?? "";
    headings.set(heading, { heading, field, isSuggested: field !== "" });
  }
  const words = Object.entries(mapping.words).flatMap(([field, pairs]) => Object.entries(pairs).map(([word, meaning]): WordEntry => ({ field, word, meaning, isSuggested: false })));
  const isKnown = (field: string, word: string) => words.some((each) => each.field === field && each.word === word);
  for (const [field, unread] of Object.entries(report?.unread_words ?? {})) {
    for (const word of unread.filter((each) => !isKnown(field, each))) {
      const meaning = suggested.words[field]?.[word] ?? "";
      words.push({ field, word, meaning, isSuggested: meaning !== "" });
    }
  }
  return { headings: [...headings.values()], words, fixed: Object.fromEntries(Object.entries(mapping.fixed).map(([field, value]) => [field, String(value ?? "")])) };
}

/** The fields that two headings stand for: one too many. */
export function mappedTwice({ headings }: MappingEntry): string[] {
  const fields = headings.map(({ field }) => field).filter((field) => field !== "");
  return [...new Set(fields.filter((field, place) => fields.indexOf(field) !== place))];
}

/** The next version of a mapping. */
export function bodyOf(entry: MappingEntry, version: number): MappingBody {
  const words: Record<string, Record<string, string>> = {};
  for (const { field, word, meaning } of entry.words) if (meaning !== "") (words[field] ??= {})[word] = meaning;
  const columns = Object.fromEntries(entry.headings.filter(({ field }) => field !== "").map(({ heading, field }) => [heading, field]));
  const fixed = Object.fromEntries(Object.entries(entry.fixed).filter(([, value]) => value.trim() !== "").map(([field, value]) => [field, value.trim()]));
  return { version, columns, words, fixed };
}
