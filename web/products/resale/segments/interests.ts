// The interests of a segment, in the words of the page instead of the API's English sentence.
import type { Segment } from "./queries";

export type Interests = Segment["interests"];
export interface Share {
  word: string;
  share: number;
}

/** What is less of the interest is not worth a bar. */
const LEAST_SHARE = 0.1;
const MOST_SHARES = 3;

/** The largest shares, largest first; at least one where there are any. */
export function mainShares(shares: Readonly<Record<string, number>>): Share[] {
  const sorted = Object.entries(shares)
    .map(([word, share]) => ({ word, share }))
    .sort((a, b) => b.share - a.share);
  return sorted.filter(({ share }, index) => index === 0 || share >= LEAST_SHARE).slice(0, MOST_SHARES);
}

/** How far a segment can be relied on, by the limits that `docs/products/segments.md` states. */
export function reliability(stability: number): "named" | "fair" | "unreliable" {
  if (stability >= 0.75) return "named";
  return stability >= 0.6 ? "fair" : "unreliable";
}
