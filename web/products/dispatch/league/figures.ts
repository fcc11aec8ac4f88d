// Figures of the league as people read them.
import { signedText } from "@/shared/format/format";
import type { Difference, Standing } from "./queries";

export const MEASURES = ["served", "pick_up_s", "wait_s", "wait_p50_s", "wait_p90_s", "refusals", "empty_share", "utilization", "earnings_per_h", "gini"] as const;
export type Measure = (typeof MEASURES)[number];

const SHARES: ReadonlySet<Measure> = new Set(["served", "empty_share", "utilization"]);
const DIGITS: Record<Measure, number> = { served: 1, pick_up_s: 0, wait_s: 0, wait_p50_s: 0, wait_p90_s: 0, refusals: 2, empty_share: 1, utilization: 1, earnings_per_h: 2, gini: 3 };

type NumberText = (value: number, digits: number) => string;

/** A mean: shares in percent, the others as they are. */
export function meanText(measure: Measure, value: number, number: NumberText): string {
  return SHARES.has(measure) ? `${number(100 * value, DIGITS[measure])} %` : number(value, DIGITS[measure]);
}

/** A difference with the ends of its interval; of shares in percentage points. */
export function differenceText(measure: Measure, difference: Difference, number: NumberText): { value: string; low: string; high: string } {
  const factor = SHARES.has(measure) ? 100 : 1;
  const text = (value: number) => signedText(rounded(factor * value, DIGITS[measure]), (one) => number(one, DIGITS[measure]));
  return { value: text(difference.value), low: text(difference.low), high: text(difference.high) };
}

/** So that no difference is written as minus zero. */
function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits)) + 0;
}

const MEANINGS = { better: "good", worse: "bad", tie: "plain" } as const;

/** What a policy is against the reference, by the riders it serves. */
export function verdictOf(standing: Standing): keyof typeof MEANINGS | null {
  const served = standing.differences["served"];
  return served ? (served.verdict as keyof typeof MEANINGS) : null;
}

export const meaningOf = (verdict: keyof typeof MEANINGS) => MEANINGS[verdict];
