import { describe, expect, it } from "vitest";
import { classesOf, decisionOf, figureOf, pointAt, topicOf } from "./figures";

const ENTRIES = { booking_value: "60", conflict_cost: "250,5", currency: "eur", recapture: 30, shift: 40, shift_up_to: 60 };

describe("figures of a rule", () => {
  it("come with their interval", () => {
    expect(figureOf({ avoided: 116, intervals: { avoided: { low: 93, high: 140 } } }, "avoided")).toEqual({ value: 116, low: 93, high: 140 });
    expect(figureOf({ break_even: null, intervals: {} }, "break_even")).toEqual({ value: null, low: null, high: null });
  });
  it("are those of the nearest threshold", () => {
    const points = [0, 30, 60].map((threshold_min) => ({ threshold_min }));
    expect(pointAt(points, 50)?.threshold_min).toBe(60);
    expect(pointAt(points, 900)?.threshold_min).toBe(60);
    expect(pointAt([], 50)).toBeUndefined();
  });
});

describe("the request of a decision", () => {
  it("has shares instead of percent, and numbers as people type them", () => {
    expect(decisionOf(ENTRIES, "").body).toEqual({
      booking_value: 60,
      conflict_cost: 250.5,
      currency: "EUR",
      recapture_share: 0.3,
      shift_share: 0.4,
      shift_up_to_min: 60,
      step_min: 30,
      analysis: null,
    });
  });
  it("asks for ratios only without amounts, of the chosen table", () => {
    const { body, errors } = decisionOf({ ...ENTRIES, booking_value: " ", conflict_cost: "" }, "a1");
    expect(errors).toEqual({});
    expect(body).toMatchObject({ analysis: "a1", booking_value: null, conflict_cost: null, currency: null });
  });
  it.each([
    [{ conflict_cost: "" }, { conflict_cost: "missing" }],
    [{ booking_value: "much" }, { booking_value: "not_a_number" }],
    [{ booking_value: "-1" }, { booking_value: "out_of_range" }],
    [{ currency: "€" }, { currency: "not_a_currency" }],
  ])("is not sent with %o", (changed, errors) => {
    expect(decisionOf({ ...ENTRIES, ...changed }, "")).toEqual({ body: null, errors });
  });
});

describe("the standing questions", () => {
  const question = (row: object) => topicOf({ question: "", words: "", method: "", figures: [row] });
  it("are known by their figures", () => {
    expect(question({ scope: "all", share_of_all: 0.01 })).toBe("revenue");
    expect(question({ scope: "all", touched: 2, share_of_chained: 0.1 })).toBe("affected");
    expect(question({ above_min: null, up_to_min: 0 })).toBe("lateness");
    expect(question({ scope: "all", avoided: 2 })).toBe("solved");
    expect(question({ family: "pair" })).toBe("scopes");
    expect(question({ other: 1 })).toBeUndefined();
  });
});

describe("classes", () => {
  it("are open at both ends", () => {
    expect(classesOf([-30, 0])).toEqual([
      { from: null, to: -30 },
      { from: -30, to: 0 },
      { from: 0, to: null },
    ]);
  });
});
