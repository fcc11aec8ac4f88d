import { describe, expect, it } from "vitest";
import { effectsOf } from "./effects";

const reasons = [{ field: "mileage", value: 10, effect: -4.5 }];

describe("the way from the average to an answer", () => {
  it("is read whatever the average is called", () => {
    expect(effectsOf({ average_price_per_day: 121.5, reasons, comparables: [] })).toEqual({ average: 121.5, effects: reasons });
    expect(effectsOf({ average_min: 20.3, reasons: [], typical: {} })).toEqual({ average: 20.3, effects: [] });
  });
  it.each([
    ["has no average", { reasons }],
    ["has an average that is no number", { average_price: "121", reasons }],
    ["has reasons of another kind", { average_price: 1, reasons: [{ interest: "power", weight: 0.4 }] }],
    ["has no reasons", { average_price: 1 }],
  ])("is none where an explanation %s", (_, explanation) => {
    expect(effectsOf(explanation)).toBeNull();
  });
});
