// Everything that a person sets on the page, in its address.
import { chosenText } from "./explore";
import { number, oneOf, text, useUrlState, type Parameter } from "@/shared/url/url-state";

export const TABS = ["frontier", "money", "severity", "answers", "explore", "policy", "check", "table"] as const;
export const SCOPES = ["all", "connect", "mobile", "pair"] as const;
export const CHARTED = ["avoided", "touched", "break_even", "cleared_by_moving", "without_need", "wait_avoided_h"] as const;

/** The longest gap of a chained rental, minutes. */
export const LONGEST_GAP_MIN = 720;

/** An instant, ISO 8601; empty without one. */
const instant = (): Parameter<string> => ({ otherwise: "", read: (raw) => (Number.isNaN(Date.parse(raw)) ? undefined : raw), write: (value) => value });

export function useBufferState() {
  return useUrlState({
    tab: oneOf(TABS),
    analysis: text(),
    scope: oneOf(SCOPES),
    threshold: number(60),
    connect: number(60),
    mobile: number(60),
    charted: oneOf(CHARTED),
    booking_value: text(),
    conflict_cost: text(),
    currency: text("EUR"),
    recapture: number(0),
    shift: number(0),
    shift_up_to: number(60),
    policy_connect: number(60),
    policy_mobile: number(60),
    policy_shift: number(LONGEST_GAP_MIN),
    policy_from: instant(),
    version: text(),
    checkin: oneOf(["connect", "mobile"]),
    chosen: chosenText(),
    car: text(),
    previous: instant(),
    start: instant(),
  });
}

export type BufferState = ReturnType<typeof useBufferState>;
