// What the API's answers about the buffer mean, without anything of the page.
import { readNumber } from "@/shared/form/contract";
import type { Schemas } from "@/api/web";

export type Figure = Schemas["Figure"];
export type FrontierPoint = Schemas["FrontierPoint"];
export type Question = Schemas["QuestionAnswered"];
export type DecideRequest = Schemas["DecideRequest"];

/** A figure of a rule that the API answers with an interval. */
export type RuleFigure = Exclude<
  keyof FrontierPoint,
  "intervals" | "if_unknown_were_known" | "threshold_min" | "connect_min" | "mobile_min"
>;

type WithIntervals = Partial<Record<RuleFigure, number | null>> & { intervals?: Record<string, { low: number | null; high: number | null }> };

/** A figure with its interval; null where it is not defined. */
export function figureOf(point: WithIntervals, name: RuleFigure): Figure {
  const { low = null, high = null } = point.intervals?.[name] ?? {};
  return { value: point[name] ?? null, low, high };
}

/** The point of the nearest threshold; undefined without points. */
export function pointAt<P extends { threshold_min?: number }>(points: readonly P[], threshold: number): P | undefined {
  const distance = (point: P) => Math.abs((point.threshold_min ?? Infinity) - threshold);
  return points.reduce<P | undefined>((best, point) => (best === undefined || distance(point) < distance(best) ? point : best), undefined);
}

/** Amounts as typed, shares in percent. */
export interface MoneyEntries {
  booking_value: string;
  conflict_cost: string;
  currency: string;
  recapture: number;
  shift: number;
  shift_up_to: number;
}
export type MoneyError = "not_a_number" | "out_of_range" | "missing" | "not_a_currency";
const LARGEST_AMOUNT = 1e9;
/** Distance of the thresholds compared, minutes: the source plans in half hours. */
const STEP_MIN = 30;

function amountOf(typed: string): number | null | MoneyError {
  if (typed.trim() === "") return null;
  const amount = readNumber(typed);
  if (amount === null) return "not_a_number";
  return amount >= 0 && amount <= LARGEST_AMOUNT ? amount : "out_of_range";
}

/**
 * The request of a decision. Without both amounts it asks for break-even ratios only.
 *
 * @returns the body, or null with what is wrong by entry.
 */
export function decisionOf(entries: MoneyEntries, analysis: string): { body: DecideRequest | null; errors: Partial<Record<keyof MoneyEntries, MoneyError>> } {
  const amounts = { booking_value: amountOf(entries.booking_value), conflict_cost: amountOf(entries.conflict_cost) };
  const errors: Partial<Record<keyof MoneyEntries, MoneyError>> = {};
  const isEmpty = amounts.booking_value === null && amounts.conflict_cost === null;
  for (const name of ["booking_value", "conflict_cost"] as const) {
    const amount = amounts[name];
    if (typeof amount === "string") errors[name] = amount;
    else if (amount === null && !isEmpty) errors[name] = "missing";
  }
  const currency = entries.currency.trim().toUpperCase();
  if (!isEmpty && !/^[A-Z]{3}$/.test(currency)) errors.currency = "not_a_currency";
  if (Object.keys(errors).length > 0) return { body: null, errors };
  const ratiosOnly = {
    booking_value: null,
    conflict_cost: null,
    currency: null,
    recapture_share: 0,
    shift_share: 0,
    shift_up_to_min: 0,
    step_min: STEP_MIN,
    analysis: analysis || null,
  };
  if (isEmpty) return { body: ratiosOnly, errors };
  return {
    body: {
      ...ratiosOnly,
      booking_value: amounts.booking_value as number,
      conflict_cost: amounts.conflict_cost as number,
      currency,
      recapture_share: entries.recapture / 100,
      shift_share: entries.shift / 100,
      shift_up_to_min: entries.shift_up_to,
    },
    errors,
  };
}

/** What each standing question is about, known by the figures that only its answer has. */
export const QUESTIONS = ["revenue", "affected", "lateness", "solved", "scopes"] as const;
export type QuestionTopic = (typeof QUESTIONS)[number];

const OWN_FIGURE = { revenue: "share_of_all", affected: "touched", lateness: "above_min", solved: "avoided", scopes: "family" } as const;

/** The topic of a question; undefined for one that this page does not know. */
export function topicOf(question: Question): QuestionTopic | undefined {
  const row = question.figures[0];
  return row && QUESTIONS.find((topic) => OWN_FIGURE[topic] in row);
}

/** Whether a policy has a version that has taken effect. */
export const hasBegun = (versions: readonly { effective_from: string }[], now = Date.now()) => versions.some((version) => Date.parse(version.effective_from) <= now);

/** Edges in minutes to classes; the first and the last are open. */
export function classesOf(edges: readonly (number | null)[]): { from: number | null; to: number | null }[] {
  return Array.from({ length: edges.length + 1 }, (_, index) => ({ from: edges[index - 1] ?? null, to: edges[index] ?? null }));
}
