// What a search asks for, from what stands in the address.
import { instantOf } from "@/shared/format/zoned";
import { oneOf, text } from "@/shared/url/url-state";

const HOUR_MS = 3_600_000;
/** Lengths of the windows that end now. The API takes none longer than 92 days. */
const LENGTH_MS = { day: 24 * HOUR_MS, hour: HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS, quarter: 92 * 24 * HOUR_MS } as const;

export const WINDOWS = ["day", "hour", "week", "month", "quarter", "own"] as const;
export const OUTCOMES = ["any", "yes", "no"] as const;

export const SEARCH = {
  window: oneOf(WINDOWS),
  from: text(),
  to: text(),
  product: text(),
  model: text(),
  version: text(),
  caller: text(),
  outcome: oneOf(OUTCOMES),
};

export interface Search {
  window: (typeof WINDOWS)[number];
  /** Of a window of one's own: what clocks of the zone show. */
  from: string;
  to: string;
  product: string;
  model: string;
  version: string;
  caller: string;
  outcome: (typeof OUTCOMES)[number];
}

/** The query of `GET /decisions`. */
export interface DecisionQuery {
  from: string;
  to: string;
  product?: string;
  model?: string;
  version?: string;
  caller?: string;
  has_outcome?: boolean;
}

/**
 * The query of a search; null where its own window has no begin or ends before it.
 *
 * @param now end of the windows that end now, and of one whose end is left out; milliseconds. The same for all pages of one list.
 */
export function queryOf(search: Search, now: number, zone: string): DecisionQuery | null {
  const window = windowOf(search, now, zone);
  if (window === null) return null;
  const words = (["product", "model", "version", "caller"] as const).flatMap((name) => {
    const word = search[name].trim();
    return word ? [[name, word] as const] : [];
  });
  const outcome = search.outcome === "any" ? {} : { has_outcome: search.outcome === "yes" };
  return { ...window, ...Object.fromEntries(words), ...outcome };
}

function windowOf(search: Search, now: number, zone: string): { from: string; to: string } | null {
  if (search.window !== "own") {
    return { from: new Date(now - LENGTH_MS[search.window]).toISOString(), to: new Date(now).toISOString() };
  }
  const from = instantOf(search.from, zone);
  const to = search.to === "" ? new Date(now).toISOString() : instantOf(search.to, zone);
  return from === null || to === null || from >= to ? null : { from, to };
}
